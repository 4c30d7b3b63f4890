import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { applyAffine } from "../../src/volume/affine-matrix.ts";
import { anyGeometry } from "../support/views.ts";
import { anyVolume, plain, ramp, valuesOf } from "../support/volumes.ts";

const anyAffine = fc
  .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 12, maxLength: 12 })
  .map((values) => Float64Array.from([...values, 0, 0, 0, 1]));

function rankOf(volume: Volume): number {
  return volume.spatialShape.length;
}

/** Every value with its place in the world, in no order. */
function placed(volume: Volume): Map<string, number | undefined> {
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  const found = new Map<string, number | undefined>();
  for (let c = 0; c < volume.channels; c++) {
    for (let x = 0; x < nx; x++) {
      for (let y = 0; y < ny; y++) {
        for (let z = 0; z < nz; z++) {
          const place = applyAffine(volume.affine, [x, y, z]).map((mm) => Math.round(mm * 1e6) + 0);
          found.set(`${volume.get(c, x, y, z)} of ${c} at ${place}`, volume.get(c, x, y, z));
        }
      }
    }
  }
  return found;
}

describe("views of a volume", () => {
  test("agree with an explicit copy, whatever was done before", () => {
    fc.assert(
      fc.property(anyVolume, anyAffine, fc.array(anyGeometry, { maxLength: 5 }), (volume, affine, views) => {
        let [viewed, copied] = [volume.withAffine(affine), volume.withAffine(affine).toContiguous("z-fastest")];
        for (const view of views) {
          viewed = view(viewed);
          copied = view(copied).toContiguous("z-fastest");
        }
        expect(plain(viewed)).toEqual(plain(copied));
      }),
    );
  });

  test("move no voxel in the world", () => {
    fc.assert(
      fc.property(anyVolume, anyAffine, fc.array(anyGeometry, { maxLength: 4 }), (volume, affine, views) => {
        const before = placed(volume.withAffine(affine));
        const after = placed(views.reduce((sofar, view) => view(sofar), volume.withAffine(affine)));
        for (const place of after.keys()) expect(before.has(place), place).toBe(true);
      }),
    );
  });

  test("are undone by themselves", () => {
    fc.assert(
      fc.property(anyVolume, fc.subarray([0, 1]), (volume, axes) => {
        expect(plain(volume.flip(axes).flip(axes))).toEqual(plain(volume));
        expect(
          plain(volume.permute([1, 0, 2].slice(0, rankOf(volume))).permute([1, 0, 2].slice(0, rankOf(volume)))),
        ).toEqual(plain(volume));
      }),
    );
  });
});

describe("samples of a volume", () => {
  test("written through data reach no other volume", () => {
    fc.assert(
      fc.property(anyVolume, anyGeometry, (volume, view) => {
        const before = plain(volume);
        const other = view(volume).share();
        other.data.fill(7);
        expect(plain(volume)).toEqual(before);
        volume.data.fill(9);
        expect(valuesOf(other).every((value) => value === 7)).toBe(true);
      }),
    );
  });

  test("are not copied by data while nobody else looks at them", () => {
    const volume = ramp([1, 2, 2, 2]);
    expect(volume.data).toBe(volume.storage);
    volume.share();
    expect(volume.isShared).toBe(true);
    const held = volume.storage;
    expect(volume.data).not.toBe(held);
  });

  test("lie in both layouts as their names say", () => {
    const volume = ramp([2, 2, 3, 2]);
    expect(volume.toContiguous("x-fastest").strides).toEqual([12, 1, 2, 6]);
    const other = volume.toContiguous("z-fastest");
    expect(other.strides).toEqual([12, 6, 2, 1]);
    expect(Array.from(other.storage).slice(0, 6)).toEqual([0, 6, 2, 8, 4, 10]);
    expect(other.toContiguous("x-fastest").storage).toEqual(volume.storage);
    expect(volume.toContiguous()).toBe(volume);
  });
});

describe("a volume", () => {
  const data = new Float32Array(24);
  const refused = {
    "a shape that reaches beyond the samples": { data, shape: [1, 2, 3, 5] },
    "strides that reach before the samples": { data, shape: [1, 2, 3, 4], strides: [24, -1, 2, 6] },
    "a rank that is none": { data, shape: [24] },
    "strides of another rank": { data, shape: [1, 2, 3, 4], strides: [1, 2] },
    "a size that is not an integer": { data, shape: [1, 2.5, 3, 2] },
    "a stride that is not an integer": { data, shape: [1, 2, 3, 4], strides: [24, 0.5, 2, 6] },
    "an offset that is no number": { data, shape: [1, 2, 3, 4], offset: Number.NaN },
    "an affine of 12 numbers": { data, shape: [1, 2, 3, 4], affine: new Float64Array(12) },
  };
  for (const [what, init] of Object.entries(refused)) {
    test(`refuses ${what}`, () => {
      const caught = attempt(() => new Volume(init));
      expect(isVoxRxError(caught, "VOXRX_BAD_VOLUME"), String(caught)).toBe(true);
    });
  }

  test("refuses an affine that is not finite", () => {
    const affine = new Float64Array(16).fill(Number.NaN);
    expect(
      isVoxRxError(
        attempt(() => new Volume({ data, shape: [1, 2, 3, 4], layout: "x-fastest", affine })),
        "VOXRX_BAD_AFFINE",
      ),
    ).toBe(true);
  });

  test("refuses crops, slices, axes and channels that it does not have", () => {
    const volume = ramp([1, 2, 3, 4]);
    const wrong = [
      () => volume.crop([0, 0, 0], [3, 3, 4]),
      () => volume.crop([-1, 0, 0], [2, 3, 4]),
      () => volume.crop([1, 0, 0], [0, 3, 4]),
      () => volume.slice(0, 2),
      () => volume.slice(3, 0),
      () => volume.flip([3]),
      () => volume.permute([0, 0, 1]),
      () => volume.permute([0, 1]),
      () => volume.selectChannels(0, 2),
      () => volume.selectChannels(0.5, 1),
    ];
    for (const act of wrong) expect(isVoxRxError(attempt(act), "VOXRX_BAD_VOLUME"), String(act)).toBe(true);
  });

  test("answers undefined for an index that is outside or between voxels", () => {
    const volume = ramp([1, 2, 3, 4]);
    expect(volume.get(0, 0, 0, 0)).toBe(0);
    expect(volume.get(0, 2, 0, 0)).toBeUndefined();
    expect(volume.get(0, -1, 0, 0)).toBeUndefined();
    expect(volume.get(0, 0.5, 0, 0)).toBeUndefined();
  });
});

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (caught) {
    return caught;
  }
}
