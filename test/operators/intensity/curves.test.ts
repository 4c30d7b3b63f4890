import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Operator, Volume } from "voxrx";
import {
  adjustContrast,
  type ClipIntensityPercentilesOptions,
  clipIntensityPercentiles,
  histogramNormalize,
  scaleIntensityRangePercentiles,
  shiftIntensity,
} from "voxrx/operators";
import { anyVolume, plain, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

const line = (...values: number[]) =>
  new Volume({ data: Float32Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });
const zeroToTen = line(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

async function valuesAfter(volume: Volume, operator: Operator<Volume, Volume>): Promise<number[]> {
  return valuesOf(await applied(volume, operator));
}

function expectNear(values: readonly number[], expected: readonly number[]): void {
  expect(values.length).toBe(expected.length);
  for (const [n, value] of values.entries()) expect(value).toBeCloseTo(expected[n] ?? Number.NaN, 5);
}

describe("scaleIntensityRangePercentiles", () => {
  test("makes two percentiles the ends of the range, or their own share of it", async () => {
    const ends = { lower: 10, upper: 90, bMin: 0, bMax: 1 };
    expectNear(
      await valuesAfter(zeroToTen, scaleIntensityRangePercentiles(ends)),
      [-0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.125],
    );
    expectNear(
      await valuesAfter(zeroToTen, scaleIntensityRangePercentiles({ ...ends, relative: true })),
      [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    );
    const clipped = await valuesAfter(zeroToTen, scaleIntensityRangePercentiles({ ...ends, clip: true }));
    expect([clipped[0], clipped[10]]).toEqual([0, 1]);
  });

  test("takes each channel by itself if asked, and leaves NaN out and as it is", async () => {
    const two = new Volume({
      data: Float32Array.of(0, 5, 10, Number.NaN, 0, 50, 100, 25),
      shape: [2, 4, 1],
      layout: "x-fastest",
    });
    const ends = { lower: 0, upper: 100, bMin: 0, bMax: 1 };
    expect(await valuesAfter(two, scaleIntensityRangePercentiles({ ...ends, channelWise: true }))).toEqual([
      0,
      0.5,
      1,
      Number.NaN,
      0,
      0.5,
      1,
      0.25,
    ]);
    expect((await valuesAfter(two, scaleIntensityRangePercentiles(ends)))[2]).toBeCloseTo(0.1);
  });

  test("wrong options fail when composed", () => {
    for (const wrong of [
      { lower: 90, upper: 10 },
      { lower: -1, upper: 10 },
      { lower: 1, upper: 99, clip: true },
      { lower: 1, upper: 99, relative: true },
    ]) {
      expect(() => scaleIntensityRangePercentiles(wrong)).toThrow(
        expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
      );
    }
  });
});

describe("clipIntensityPercentiles", () => {
  test("cuts at percentiles, on the sides that are named", async () => {
    const run = (options: ClipIntensityPercentilesOptions) => valuesAfter(zeroToTen, clipIntensityPercentiles(options));
    expect(await run({ lower: 20, upper: 75 })).toEqual([2, 2, 2, 3, 4, 5, 6, 7, 7.5, 7.5, 7.5]);
    expect(await run({ upper: 50 })).toEqual([0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5]);
    expect(() => clipIntensityPercentiles({})).toThrow(/give lower, upper or both/);
  });

  test("bends values off as softplus does, also far outside", async () => {
    const soft = await valuesAfter(zeroToTen, clipIntensityPercentiles({ lower: 20, upper: 80, sharpnessFactor: 2 }));
    const expected = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
      (x) => x + Math.log1p(Math.exp(-2 * (x - 2))) / 2 - Math.log1p(Math.exp(2 * (x - 8))) / 2,
    );
    expectNear(soft, expected);
    const sharp = await valuesAfter(
      zeroToTen,
      clipIntensityPercentiles({ lower: 20, upper: 80, sharpnessFactor: 1e6 }),
    );
    expectNear(sharp, [2, 2, 2, 3, 4, 5, 6, 7, 8, 8, 8]);
    const lowOnly = await valuesAfter(zeroToTen, clipIntensityPercentiles({ lower: 0, sharpnessFactor: 1 }));
    expect(lowOnly[0]).toBeCloseTo(Math.log(2));
    expect(lowOnly[10]).toBeCloseTo(10, 3);
  });
});

describe("adjustContrast", () => {
  test("raises the image to a power between its least and greatest value", async () => {
    const squared = zeroToTen.storage.map((x) => (x * x) / 10);
    expectNear(await valuesAfter(zeroToTen, adjustContrast({ gamma: 2 })), Array.from(squared));
    expectNear(await valuesAfter(zeroToTen, adjustContrast({ gamma: 1 })), valuesOf(zeroToTen));
    const rooted = await valuesAfter(zeroToTen, adjustContrast({ gamma: 0.5 }));
    expectNear(
      rooted,
      Array.from(zeroToTen.storage, (x) => Math.sqrt(x / 10) * 10),
    );
    const inverted = await valuesAfter(zeroToTen, adjustContrast({ gamma: 2, invertImage: true }));
    expectNear(
      inverted,
      Array.from(zeroToTen.storage, (x) => 10 - ((10 - x) * (10 - x)) / 10),
    );
  });

  test("brings mean and deviation back if asked; a constant image stays; NaN stays", async () => {
    const kept = await valuesAfter(zeroToTen, adjustContrast({ gamma: 3, retainStats: true }));
    expect(kept.reduce((sum, x) => sum + x, 0) / 11).toBeCloseTo(5, 4);
    expect(Math.sqrt(kept.reduce((sum, x) => sum + (x - 5) ** 2, 0) / 11)).toBeCloseTo(Math.sqrt(10), 4);
    expect(await valuesAfter(line(7, 7, 7), adjustContrast({ gamma: 2 }))).toEqual([7, 7, 7]);
    const [first, second, third] = await valuesAfter(line(0, Number.NaN, 2), adjustContrast({ gamma: 2 }));
    expect([first, second]).toEqual([0, Number.NaN]);
    expect(third).toBeCloseTo(2, 5);
    expect(() => adjustContrast({ gamma: 0 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });
});

describe("shiftIntensity", () => {
  test("adds, and stays within an integer's range only if asked", async () => {
    const bytes = new Volume({ data: Uint8Array.of(0, 100, 250), shape: [1, 3, 1], layout: "x-fastest" });
    expect(await valuesAfter(bytes, shiftIntensity({ offset: 20 }))).toEqual([20, 120, 270]);
    expect(await valuesAfter(bytes, shiftIntensity({ offset: 20, safe: true }))).toEqual([20, 120, 255]);
    expect(await valuesAfter(bytes, shiftIntensity({ offset: -20, safe: true }))).toEqual([0, 80, 230]);
  });
});

describe("histogramNormalize", () => {
  // numpy: hist, edges = histogram(x, 4); interp(x, centers, rescaled cumsum)
  test("gives every value its place in the cumulated histogram", async () => {
    const equalized = await valuesAfter(line(0, 1, 1, 2, 8), histogramNormalize({ numBins: 4, min: 0, max: 1 }));
    // bins of width 2: counts 3, 1, 0, 1; cumulated 3, 4, 4, 5; centres 1, 3, 5, 7
    expectNear(equalized, [0, 0, 0, 0.25, 1]);
  });

  test("counts where the mask is, and maps all; a constant image becomes one value; NaN stays", async () => {
    const image = line(0, 1, 1, 2, 8, Number.NaN);
    expect(await valuesAfter(image, histogramNormalize({ numBins: 4, max: 1 }))).toEqual([
      0,
      0,
      0,
      0.25,
      1,
      Number.NaN,
    ]);
    const constant = await valuesAfter(line(5, 5), histogramNormalize({ numBins: 3 }));
    expect(constant[0]).toBe(constant[1]);
    expect(() => histogramNormalize({ min: 2, max: 1 })).toThrow(/min is above max/);
  });

  test("never turns the order of values round", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
          minLength: 2,
          maxLength: 40,
        }),
        async (values) => {
          const before = [...values].sort((a, b) => a - b);
          const after = await valuesAfter(line(...before), histogramNormalize({ numBins: 16 }));
          for (let n = 1; n < after.length; n++) expect(after[n]).toBeGreaterThanOrEqual(after[n - 1] ?? Number.NaN);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test("a view and its copy come out the same, and the input is not written to", async () => {
  const operators: Operator<Volume, Volume>[] = [
    adjustContrast({ gamma: 1.7 }),
    clipIntensityPercentiles({ lower: 10, upper: 80 }),
    clipIntensityPercentiles({ lower: 10, sharpnessFactor: 1 }),
    histogramNormalize({ numBins: 8 }),
    scaleIntensityRangePercentiles({ lower: 10, upper: 80, channelWise: true }),
    shiftIntensity({ offset: 2 }),
  ];
  await fc.assert(
    fc.asyncProperty(anyVolume, fc.constantFrom(...operators), async (volume, operator) => {
      const before = plain(volume);
      const [view, copy] = [await applied(volume, operator), await applied(volume.toContiguous("z-fastest"), operator)];
      expect(plain(view)).toEqual(plain(copy));
      expect(view.dtype).toBe("float32");
      expect(plain(volume)).toEqual(before);
    }),
    { numRuns: 80 },
  );
});
