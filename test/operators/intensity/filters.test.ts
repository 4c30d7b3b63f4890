import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type Operator, Volume } from "voxrx";
import {
  foregroundMask,
  gaussianSharpen,
  gaussianSmooth,
  maskIntensity,
  medianSmooth,
  savitzkyGolaySmooth,
} from "voxrx/operators";
import { savitzkyGolayWeights } from "../../../src/kernels/savitzky-golay.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

const line = (...values: number[]) =>
  new Volume({ data: Float32Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });
const run = async (volume: Volume, operator: Operator<Volume, Volume>) => valuesOf(await applied(volume, operator));

describe("gaussianSmooth and gaussianSharpen", () => {
  test("spread one voxel into the integral of a Gaussian over each", async () => {
    const spread = await run(line(0, 0, 0, 1, 0, 0, 0), gaussianSmooth({ sigma: [1, 0] }));
    // Phi(0.5) - Phi(-0.5), Phi(1.5) - Phi(0.5), …
    for (const [n, expected] of [0.00597704, 0.0605976, 0.2417303, 0.3829249].entries()) {
      expect(spread[n]).toBeCloseTo(expected, 6);
      expect(spread[6 - n]).toBeCloseTo(expected, 6);
    }
  });

  test("each axis has its own width, and 0 leaves it", async () => {
    const image = ramp([1, 4, 5, 3]);
    expect(await run(image, gaussianSmooth({ sigma: 0 }))).toEqual(valuesOf(image));
    const alongZ = await applied(image, gaussianSmooth({ sigma: [0, 0, 1] }));
    const inner = alongZ.get(0, 1, 2, 1) ?? 0;
    expect(inner).toBeCloseTo(29 * 0.3829249 + (9 + 49) * 0.2417303, 3);
  });

  test("sharpening adds what smoothing again takes away", async () => {
    const image = line(0, 0, 4, 9, 1, 0, 0, 3);
    const options = { sigma1: [0.7, 0], sigma2: [0.5, 0], alpha: 3 };
    const once = await applied(image, gaussianSmooth({ sigma: options.sigma1 }));
    const twice = await run(once, gaussianSmooth({ sigma: options.sigma2 }));
    const expected = valuesOf(once).map((value, n) => value + 3 * (value - (twice[n] ?? 0)));
    for (const [n, value] of (await run(image, gaussianSharpen(options))).entries()) {
      expect(value).toBeCloseTo(expected[n] ?? Number.NaN, 4);
    }
  });
});

describe("medianSmooth", () => {
  test("is the median of the box with zeros around the image, as a search by sorting finds it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 60, maxLength: 60 }),
        fc.constantFrom([1, 1, 1], [2, 0, 1], [0, 1, 0]),
        async (values, radius) => {
          const image = new Volume({ data: Float32Array.from(values), shape: [1, 5, 4, 3], layout: "x-fastest" });
          const result = await applied(image, medianSmooth({ radius }));
          const [rx = 0, ry = 0, rz = 0] = radius;
          for (let x = 0; x < 5; x++) {
            for (let y = 0; y < 4; y++) {
              for (let z = 0; z < 3; z++) {
                const box: number[] = [];
                for (let i = -rx; i <= rx; i++)
                  for (let j = -ry; j <= ry; j++)
                    for (let k = -rz; k <= rz; k++) box.push(image.get(0, x + i, y + j, z + k) ?? 0);
                box.sort((a, b) => a - b);
                expect(result.get(0, x, y, z)).toBe(box[(box.length - 1) / 2]);
              }
            }
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("keeps NaN to the boxes that hold one", async () => {
    expect(await run(line(1, 2, Number.NaN, 4, 5, 6), medianSmooth({ radius: [1, 0] }))).toEqual([
      1,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      5,
      5,
    ]);
  });
});

describe("savitzkyGolaySmooth", () => {
  test("has the published weights", () => {
    const of = (length: number, order: number) => Array.from(savitzkyGolayWeights(length, order));
    const expected = [-3, 12, 17, 12, -3].map((n) => n / 35);
    for (const [n, weight] of of(5, 2).entries()) expect(weight).toBeCloseTo(expected[n] ?? Number.NaN, 12);
    const quartic = [5, -30, 75, 131, 75, -30, 5].map((n) => n / 231);
    for (const [n, weight] of of(7, 4).entries()) expect(weight).toBeCloseTo(quartic[n] ?? Number.NaN, 12);
    expect(of(1, 0)).toEqual([1]);
  });

  test("leaves a polynomial of its order as it is, away from the ends", async () => {
    const cubic = Array.from({ length: 15 }, (_, x) => 0.1 * x ** 3 - x ** 2 + 2);
    const smooth = await run(line(...cubic), savitzkyGolaySmooth({ windowLength: 7, order: 3 }));
    for (let n = 3; n < 12; n++) expect(smooth[n]).toBeCloseTo(cubic[n] ?? Number.NaN, 3);
  });

  test("makes up the ends as asked, and works along any axis", async () => {
    const ends = async (mode: "zeros" | "reflect" | "replicate" | "circular") =>
      (await run(line(1, 2, 3, 4, 6), savitzkyGolaySmooth({ windowLength: 3, order: 0, mode }))).map((x) =>
        Math.round(x * 3),
      );
    expect(await ends("zeros")).toEqual([3, 6, 9, 13, 10]);
    expect(await ends("reflect")).toEqual([5, 6, 9, 13, 14]);
    expect(await ends("replicate")).toEqual([4, 6, 9, 13, 16]);
    expect(await ends("circular")).toEqual([9, 6, 9, 13, 11]);
    const image = ramp([2, 3, 4, 5]);
    const options = { windowLength: 3, order: 1, mode: "replicate" } as const;
    const last = await applied(image, savitzkyGolaySmooth({ ...options, axis: -1 }));
    expect(last.get(1, 2, 3, 2)).toBeCloseTo(image.get(1, 2, 3, 2) ?? Number.NaN, 4);
    const flat = ramp([1, 3, 4]);
    await expect(applied(flat, savitzkyGolaySmooth({ ...options, axis: 2 }))).rejects.toMatchObject({
      code: "VOXRX_BAD_VOLUME",
    });
    for (const wrong of [
      { windowLength: 4, order: 1 },
      { windowLength: 3, order: 3 },
    ]) {
      expect(() => savitzkyGolaySmooth(wrong)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});

describe("maskIntensity", () => {
  const scan = (mask: Volume, image = ramp([2, 3, 1], "int16", 1)) => Dataset.from([{ image, mask }]);

  test("keeps values where the mask is above the threshold, for all channels or each", async () => {
    const masked = async (mask: Volume, threshold?: number) => {
      const options = { keys: "image", maskKey: "mask", ...(threshold === undefined ? {} : { threshold }) } as const;
      const [item] = await scan(mask).pipe(maskIntensity(options)).toArray();
      return item && valuesOf(item.image);
    };
    expect(await masked(new Volume({ data: Uint8Array.of(0, 1, 2), shape: [1, 3, 1], layout: "x-fastest" }))).toEqual([
      0, 2, 3, 0, 5, 6,
    ]);
    expect(
      await masked(new Volume({ data: Uint8Array.of(0, 1, 2), shape: [1, 3, 1], layout: "x-fastest" }), 1),
    ).toEqual([0, 0, 3, 0, 0, 6]);
    const each = new Volume({ data: Uint8Array.of(1, 0, 0, 0, 0, 1), shape: [2, 3, 1], layout: "x-fastest" });
    expect(await masked(each)).toEqual([1, 0, 0, 0, 0, 6]);
    expect(await masked(each.flip([0]))).toEqual([0, 0, 3, 4, 0, 0]);
  });

  test("refuses a mask of another shape", async () => {
    const refused = scan(ramp([1, 4, 1]))
      .pipe(maskIntensity({ keys: "image", maskKey: "mask" }))
      .toArray();
    await expect(refused).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "maskIntensity" });
  });
});

describe("foregroundMask", () => {
  const bright = line(1, 2, 1, 90, 95, 2, 100, 1);

  test("parts dark from bright where Otsu does, and turns it round", async () => {
    expect(await run(bright, foregroundMask())).toEqual([1, 1, 1, 0, 0, 1, 0, 1]);
    const inverted = await applied(bright, foregroundMask({ invert: true }));
    expect(valuesOf(inverted)).toEqual([0, 0, 0, 1, 1, 0, 1, 0]);
    expect([inverted.dtype, inverted.channels]).toEqual(["uint8", 1]);
  });

  test("takes thresholds for all channels or each, and any channel counts", async () => {
    const two = new Volume({ data: Float32Array.of(1, 5, 9, 9, 5, Number.NaN), shape: [2, 3, 1], layout: "x-fastest" });
    expect(await run(two, foregroundMask({ threshold: 4 }))).toEqual([1, 0, 0]);
    expect(await run(two, foregroundMask({ threshold: [4, 6] }))).toEqual([1, 1, 0]);
    expect(await run(two, foregroundMask({ threshold: 4, invert: true }))).toEqual([1, 1, 1]);
  });

  test("gives a mask of a constant image and of one without a number", async () => {
    expect((await run(line(3, 3), foregroundMask())).every((value) => value === 0 || value === 1)).toBe(true);
    expect(await run(line(Number.NaN, Number.NaN), foregroundMask())).toEqual([0, 0]);
  });
});

test("filters give a view and its copy the same bytes", async () => {
  const image = ramp([2, 6, 5, 4], "int16", -20).flip([1]).permute([2, 0, 1]);
  for (const operator of [
    gaussianSmooth({ sigma: [1, 0.5, 2] }),
    gaussianSharpen(),
    medianSmooth(),
    savitzkyGolaySmooth({ windowLength: 3, order: 1, axis: 1 }),
    foregroundMask(),
  ]) {
    expect(plain(await applied(image, operator))).toEqual(plain(await applied(image.toContiguous(), operator)));
  }
});
