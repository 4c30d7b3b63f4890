import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, isVoxRxError, Volume } from "voxrx";
import { randRotate, rotate, rotate90 } from "voxrx/operators";
import { applyAffine, invertAffine } from "../../../src/volume/affine-matrix.ts";
import { sharedData } from "../../support/shared.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied, expectReference, image, ofRange, truthRows } from "../reference.ts";
import { attempt, bump, expectSamePlaces } from "./resampled.ts";

describe.skipIf(!sharedData)("rotate gives MONAI's results on real images", () => {
  for (const { file, options, reference } of truthRows("rotate")) {
    it(`rotate ${JSON.stringify(options)} of ${file}`, async () => {
      const angle = Array.isArray(options.angle) ? options.angle.map(Number) : Number(options.angle);
      const result = await applied(await image(file), rotate({ angle, keepSize: options.keepSize === true }));
      expectReference(result, reference, ofRange(reference));
    });
  }
});

describe("rotate", () => {
  const quarter = Math.PI / 2;

  it("by a quarter around z is rotate90 the other way, up to the place of the middle", async () => {
    const square = ramp([2, 3, 3, 2]);
    const turned = await applied(square, rotate({ angle: [0, 0, quarter] }));
    const quarterTurned = await applied(square, rotate90({ k: 3 }));
    expect(valuesOf(turned)).toEqual(valuesOf(quarterTurned));
    for (const [n, value] of turned.affine.entries()) expect(value).toBeCloseTo(quarterTurned.affine[n] ?? NaN, 12);
  });

  it("turns x towards y, y towards z and z towards x, worked out by hand", async () => {
    const cube = ramp([1, 3, 3, 3]);
    const at = async (angle: readonly number[]) => {
      const { storage: samples } = (await applied(cube, rotate({ angle }))).toContiguous();
      return [samples[1], samples[3], samples[9]];
    };
    // The voxel (x, y, z) of the result is read at R (x - 1, y - 1, z - 1) + 1; a sample is x + 3 y + 9 z.
    expect(await at([quarter, 0, 0])).toEqual([7, 15, 3]);
    expect(await at([0, quarter, 0])).toEqual([9, 21, 19]);
    expect(await at([0, 0, quarter])).toEqual([5, 1, 11]);
  });

  it("by 0 is the image itself", async () => {
    for (const volume of [ramp([2, 4, 3, 5]), ramp([1, 4, 3])]) {
      for (const keepSize of [true, false]) {
        const same = await applied(volume, rotate({ angle: 0, keepSize }));
        expect({ ...Object(plain(same)), meta: undefined }).toEqual({ ...Object(plain(volume)), meta: undefined });
      }
    }
  });

  it("and back again restores shape and affine, and the picture to within what interpolation costs", async () => {
    const volume = bump([20, 18, 16]);
    const [angle, back] = [
      [0.3, 0, 0],
      [-0.3, 0, 0],
    ];
    const there = await applied(volume, rotate({ angle }));
    const again = await applied(there, rotate({ angle: back }));
    expect(again.shape).toEqual(volume.shape);
    for (const [n, value] of again.affine.entries()) expect(value).toBeCloseTo(volume.affine[n] ?? NaN, 10);
    let furthest = 0;
    for (let x = 5; x < 15; x++) {
      for (let y = 5; y < 13; y++) {
        for (let z = 5; z < 11; z++) {
          furthest = Math.max(furthest, Math.abs((again.get(0, x, y, z) ?? NaN) - (volume.get(0, x, y, z) ?? NaN)));
        }
      }
    }
    expect(furthest).toBeLessThan(0.03); // of a bump of height 1 and width 5 voxels, interpolated twice
  });

  it("leaves what is seen in its place in the world, whatever the angles and the size", async () => {
    const angles = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -3, max: 3, noNaN: true })));
    await fc.assert(
      fc.asyncProperty(angles, fc.boolean(), fc.boolean(), async (angle, keepSize, alignCorners) => {
        const volume = bump([9, 8, 7]);
        const paddingMode = "reflection";
        expectSamePlaces(await applied(volume, rotate({ angle, keepSize, paddingMode, alignCorners })), volume);
      }),
      { numRuns: 30 },
    );
  });

  it("without keepSize makes room for the turned corners", async () => {
    const turned = await applied(ramp([1, 10, 4, 6]), rotate({ angle: [0, 0, quarter], keepSize: false }));
    expect(turned.shape).toEqual([1, 4, 10, 6]);
    const plane = await applied(ramp([1, 10, 4]), rotate({ angle: Math.PI / 4, keepSize: false }));
    expect(plane.shape).toEqual([1, 10, 10]); // 14 / sqrt(2) = 9.9
  });

  it("keeps the element type of labels, and gives float32 of what is interpolated", async () => {
    const label = ramp([1, 5, 5, 3], "uint8");
    expect((await applied(label, rotate({ angle: 0.4, mode: "nearest" }))).dtype).toBe("uint8");
    expect((await applied(label, rotate({ angle: 0.4 }))).dtype).toBe("float32");
    expect((await applied(label, rotate({ angle: 0 }))).dtype).toBe("float32");
  });

  it("mirrors at the edge of the image, or at the centres of its outermost voxels", async () => {
    const xOfRows = async (alignCorners: boolean) => {
      const turn = rotate({ angle: quarter, paddingMode: "reflection", alignCorners });
      const values = valuesOf(await applied(ramp([1, 2, 8]), turn)); // a sample is x + 2 y
      return values.filter((_, n) => n % 2 === 0).map((value) => value % 2);
    };
    // Rows y = 0 … 7 are read at x = 4 - y, mirrored at -0.5 and 1.5, or at 0 and 1.
    expect(await xOfRows(false)).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(await xOfRows(true)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it("refuses angles that an image has no axes for", async () => {
    const three = applied(ramp([1, 4, 4]), rotate({ angle: [1, 2, 3] }));
    await expect(three).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "rotate" });
    await expect(applied(ramp([1, 4, 4, 4]), rotate({ angle: [1] }))).rejects.toMatchObject({
      code: "VOXRX_BAD_OPTION",
    });
  });

  it("refuses an image without voxels, and options that cannot be meant", async () => {
    const empty = new Volume({ data: new Float32Array(0), shape: [1, 0, 4, 4] });
    await expect(applied(empty, rotate({ angle: 1 }))).rejects.toMatchObject({ code: "VOXRX_BAD_VOLUME" });
    const wrong = [{ angle: [1, 2] }, { angle: Number.NaN }, { angle: [] }, { angle: 1, keepsize: true }];
    for (const options of wrong) {
      const caught = attempt(() => rotate(options));
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});

describe("randRotate", () => {
  it("turns all fields of an item by the same angles", async () => {
    const picture = bump([6, 5, 4]);
    const items = Array.from({ length: 40 }, () => ({
      image: picture,
      label: ramp([1, 6, 5, 4], "uint8").withAffine(picture.affine),
    }));
    const operator = randRotate({ keys: ["image", "label"], rangeZ: 1, prob: 0.5, mode: ["bilinear", "nearest"] });
    const turned = await Dataset.from(items, { seed: 5 }).pipe(operator).toArray();
    for (const item of turned) {
      expect([...item.image.affine]).toEqual([...item.label.affine]);
      expect([item.image.dtype, item.label.dtype]).toEqual(["float32", "uint8"]);
    }
    const affines = new Set(turned.map((item) => String(item.image.affine)));
    expect(affines.size).toBeGreaterThan(10);
    expect(affines.size).toBeLessThan(32);
  });

  it("draws angles evenly from their ranges, over 10,000 items", async () => {
    const items = Array.from({ length: 10_000 }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = randRotate({ rangeX: 0.5, rangeY: [0.1, 0.3], prob: 0.8, mode: "nearest" });
    const turned: Volume[] = await Dataset.from(items, { seed: 2 }).pipe(operator).toArray();
    const angles = turned.flatMap(({ meta }) =>
      (meta.applied ?? []).map(({ params }) => [params.angle].flat().map(Number)),
    );
    expect(Math.abs(angles.length - 8000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.8 * 0.2));
    const means = [0, 1, 2].map((axis) => angles.reduce((sum, each) => sum + (each[axis] ?? 0), 0) / angles.length);
    expect(Math.abs(means[0] ?? 1)).toBeLessThan((5 * 1) / Math.sqrt(12 * angles.length));
    expect(Math.abs((means[1] ?? 1) - 0.2)).toBeLessThan((5 * 0.2) / Math.sqrt(12 * angles.length));
    expect(angles.every(([x = 9, y = 9, z = 9]) => Math.abs(x) <= 0.5 && y >= 0.1 && y <= 0.3 && z === 0)).toBe(true);
    const outer = angles.filter(([x = 0]) => Math.abs(x) > 0.25).length;
    expect(Math.abs(outer - angles.length / 2)).toBeLessThan(5 * Math.sqrt(angles.length / 4));
  });

  it("takes the first angle for 2D images", async () => {
    const operator = randRotate({ rangeX: [0.4, 0.4], rangeZ: 2, prob: 1 });
    const turned = await applied(ramp([1, 5, 4]), operator);
    const inverse = invertAffine(turned.affine);
    expect(turned.affine[0]).toBeCloseTo(Math.cos(0.4), 12);
    expect(inverse && applyAffine(inverse, [2, 1.5, 0])).toEqual([2, 1.5, 0].map((at) => expect.closeTo(at, 12)));
  });

  it("refuses ranges that cannot be meant when it is composed", () => {
    for (const options of [{ rangeX: [2, 1] as const }, { prob: 1.5 }, { rangeY: Number.POSITIVE_INFINITY }]) {
      expect(
        isVoxRxError(
          attempt(() => randRotate(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});
