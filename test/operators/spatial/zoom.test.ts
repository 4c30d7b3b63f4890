import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randZoom, resize, resizeWithPadOrCrop, zoom } from "voxrx/operators";
import { sharedData } from "../../support/shared.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied, expectReference, image, ofRange, truthRows } from "../reference.ts";
import { attempt, bump, expectSamePlaces } from "./resampled.ts";

const modes = ["area", "nearest", "nearest-exact", "trilinear", "bilinear"] as const;
const factor = fc.double({ min: 0.3, max: 2.5, noNaN: true });
const factors = fc.tuple(factor, factor, factor);

describe.skipIf(!sharedData)("zoom gives MONAI's results on real images", () => {
  const rows = truthRows("zoom");
  it("has rows to be held against", () => expect(rows.length).toBeGreaterThan(4));

  for (const { file, options, reference } of rows) {
    it(`zoom ${JSON.stringify(options)} of ${file}`, async () => {
      expect(options).toMatchObject({ mode: "trilinear", paddingMode: "constant" });
      const operator = zoom({ zoom: Number(options.zoom), mode: "trilinear", paddingMode: "constant" });
      expectReference(await applied(await image(file), operator), reference, ofRange(reference));
    });
  }
});

describe("zoom", () => {
  it("cuts or pads around the middle to the size before", async () => {
    const line = ramp([1, 4, 1]);
    const seen = async (zooming: number, more = {}) =>
      valuesOf(await applied(line, zoom({ zoom: [zooming, 1], ...more })));
    expect(await seen(2, { mode: "nearest" })).toEqual([1, 1, 2, 2]);
    expect(await seen(2, { mode: "nearest", keepSize: false })).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(await seen(0.5)).toEqual([0.5, 0.5, 2.5, 2.5]);
    expect(await seen(0.5, { paddingMode: "constant" })).toEqual([0, 0.5, 2.5, 0]);
    expect(await seen(0.75, { mode: "nearest", paddingMode: "reflect" })).toEqual([0, 1, 2, 1]);
    expect(await seen(0.01, { keepSize: false })).toEqual([1.5]);
  });

  it("is resizing, then cutting and padding", async () => {
    const options = { mode: fc.constantFrom(...modes), alignCorners: fc.boolean() };
    await fc.assert(
      fc.asyncProperty(factors, fc.record(options), async (zooms, { mode, alignCorners }) => {
        const volume = bump([7, 6, 8]);
        const more = { mode, alignCorners: alignCorners && mode.endsWith("linear") };
        const spatialSize = volume.spatialShape.map((n, axis) => Math.max(1, Math.floor(n * (zooms[axis] ?? 1))));
        const steps = [resize({ spatialSize, ...more }), resizeWithPadOrCrop({ spatialSize: [7, 6, 8], mode: "edge" })];
        const [got, wanted] = [await applied(volume, zoom({ zoom: zooms, ...more })), await applied(volume, ...steps)];
        expect(valuesOf(got)).toEqual(valuesOf(wanted));
        expect([...got.affine]).toEqual([...wanted.affine].map((value) => expect.closeTo(value, 9)));
      }),
      { numRuns: 60 },
    );
  });

  it("by 1 is the image itself, in every mode", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom(...modes), fc.boolean(), async (volume, mode, keepSize) => {
        const same = await applied(volume, zoom({ zoom: 1, mode, keepSize }));
        const before = volume.toContiguous("x-fastest", mode.startsWith("nearest") ? volume.dtype : "float32");
        expect({ ...Object(plain(same)), meta: undefined }).toEqual({ ...Object(plain(before)), meta: undefined });
      }),
    );
  });

  it("keeps what is seen in its place in the world", async () => {
    await fc.assert(
      fc.asyncProperty(factors, fc.boolean(), fc.boolean(), async (zooms, alignCorners, keepSize) => {
        const volume = bump([9, 8, 7]);
        const inside = await applied(volume, zoom({ zoom: zooms, mode: "trilinear", alignCorners, keepSize }));
        expectSamePlaces(inside, volume);
      }),
      { numRuns: 60 },
    );
  });

  it("puts a label on the grid of its image and leaves it its values", async () => {
    const label = ramp([1, 6, 5, 4], "uint8", 1);
    const operator = zoom({ zoom: [0.6, 1.4, 1], mode: "nearest-exact", paddingMode: "constant" });
    const result = await applied(label, operator);
    expect([result.dtype, result.spatialShape]).toEqual(["uint8", [6, 5, 4]]);
    expect([...result.affine]).toEqual([...(await applied(label, zoom({ zoom: [0.6, 1.4, 1] }))).affine]);
    expect(valuesOf(result).every((value) => value === 0 || valuesOf(label).includes(value))).toBe(true);
  });

  it("computes no more than it keeps", async () => {
    const result = await applied(ramp([1, 8, 8, 8]), zoom({ zoom: 1000, mode: "nearest" }));
    expect(result.spatialShape).toEqual([8, 8, 8]);
    const whole = applied(ramp([1, 8, 8, 8]), zoom({ zoom: 1000, keepSize: false }));
    await expect(whole).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", operator: "zoom" });
  });

  it("notes on the image what was done, and the grid before", async () => {
    const result = await applied(bump([4, 4, 4]), zoom({ zoom: 0.5 }));
    const params = { zoom: [0.5, 0.5, 0.5], mode: "area", paddingMode: "edge", keepSize: true, shape: [4, 4, 4] };
    expect(result.meta.applied).toMatchObject([{ name: "zoom", params }]);
  });

  it("refuses options that cannot be meant", async () => {
    const wrong = [
      { zoom: 0 },
      { zoom: -1 },
      { zoom: Number.NaN },
      { zoom: [] },
      { zoom: 2, mode: "cubic" },
      { zoom: 2, alignCorners: true },
      { zoom: 2, paddingMode: "border" },
      {},
    ];
    for (const options of wrong) {
      const failure = attempt(() => Reflect.apply(zoom, undefined, [options]));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
    const failed = applied(ramp([1, 4, 4, 4]), zoom({ zoom: [1, 2] }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "zoom" });
  });
});

describe("randZoom", () => {
  const drawn = (volume: Volume): number[] | undefined =>
    volume.meta.applied?.map(({ params }) => [params.zoom].flat().map(Number))[0];

  it("draws each factor evenly from its range, over 10,000 items", async () => {
    const items = Array.from({ length: 10_000 }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = randZoom({ prob: 0.7, minZoom: [0.8, 1, 0.5], maxZoom: [1.2, 1, 0.6], mode: "nearest" });
    const results: Volume[] = await Dataset.from(items, { seed: 3 }).pipe(operator).toArray();
    const all = results.flatMap((volume) => [drawn(volume) ?? []]).filter(({ length }) => length > 0);
    expect(Math.abs(all.length - 7000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.7 * 0.3));
    expectEven(
      all.map(([x]) => x ?? Number.NaN),
      0.8,
      1.2,
    );
    expectEven(
      all.map(([, , z]) => z ?? Number.NaN),
      0.5,
      0.6,
    );
    expect(all.every(([, y]) => y === 1)).toBe(true);
  });

  it("shares one draw between all axes, and of two the first between x and y", async () => {
    const items = Array.from({ length: 50 }, () => ramp([1, 2, 2, 2]));
    const draws = async (range: object) => {
      const results: Volume[] = await Dataset.from(items, { seed: 1 })
        .pipe(randZoom({ prob: 1, ...range }))
        .toArray();
      return results.map((volume) => drawn(volume) ?? []);
    };
    for (const [x, y, z] of await draws({})) expect([y, z, x && x >= 0.9 && x < 1.1]).toEqual([x, x, true]);
    for (const [x, y, z] of await draws({ minZoom: [0.5, 2], maxZoom: [0.6, 3] })) {
      expect([y, x && x < 0.6, z && z >= 2]).toEqual([x, true, true]);
    }
    const failed = applied(ramp([1, 2, 2]), randZoom({ prob: 1, minZoom: [1, 1, 1], maxZoom: [1, 1, 1] }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "randZoom" });
  });

  it("zooms all fields of an item alike, each in its own mode, as zoom does", async () => {
    const items = Array.from({ length: 30 }, () => ({
      image: ramp([1, 6, 5, 4], "int16"),
      label: ramp([1, 6, 5, 4], "int16"),
    }));
    const more = { mode: ["trilinear", "nearest"] as const, paddingMode: ["edge", "constant"] as const };
    const operator = randZoom({ keys: ["image", "label"], prob: 0.5, minZoom: 0.5, maxZoom: 2, ...more });
    const results = await Dataset.from(items, { seed: 2 }).pipe(operator).toArray();
    for (const { image: picture, label } of results) {
      expect([...picture.affine]).toEqual([...label.affine]);
      expect([picture.dtype, label.dtype, picture.spatialShape]).toEqual(["float32", "int16", [6, 5, 4]]);
      const factors = drawn(label);
      if (!factors) continue;
      const again = await applied(ramp([1, 6, 5, 4]), zoom({ zoom: factors, mode: "trilinear" }));
      expect(valuesOf(picture)).toEqual(valuesOf(again));
    }
    expect(new Set(results.map(({ image: { affine } }) => String(affine))).size).toBeGreaterThan(5);
  });

  it("refuses ranges that cannot be meant when it is composed", () => {
    const wrong = [
      { minZoom: 0 },
      { minZoom: 1.2 },
      { minZoom: [0.9, 0.9] },
      { minZoom: [0.9, 1.2], maxZoom: [1, 1] },
      { prob: 2 },
      { alignCorners: true },
    ];
    for (const options of wrong) {
      const failure = attempt(() => randZoom(options));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});

/** Holds draws against an even distribution: range, and counts in ten bins to five standard deviations. */
function expectEven(values: readonly number[], low: number, high: number): void {
  expect(values.every((value) => value >= low && value < high)).toBe(true);
  const bins = new Array<number>(10).fill(0);
  for (const value of values) {
    const bin = Math.min(9, Math.floor(((value - low) / (high - low)) * 10));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const allowed = 5 * Math.sqrt(values.length * 0.1 * 0.9);
  for (const count of bins) expect(Math.abs(count - values.length / 10)).toBeLessThan(allowed);
}
