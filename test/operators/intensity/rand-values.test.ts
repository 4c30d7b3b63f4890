import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, Volume } from "voxrx";
import { randBiasField, randHistogramShift, randScaleIntensity, randStdShiftIntensity } from "voxrx/operators";
import { biased } from "../../../operators/intensity/rand-bias-field.ts";
import { histogramShifted } from "../../../operators/intensity/rand-histogram-shift.ts";
import { scaledBy } from "../../../operators/intensity/rand-scale-intensity.ts";
import { stdShifted } from "../../../operators/intensity/rand-std-shift-intensity.ts";
import { coefficientCount } from "../../../src/kernels/bias-field.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { drawnBy, expectChance, expectEvenIntegers, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

const row = (values: readonly number[], shape: readonly number[] = [1, values.length, 1]) =>
  new Volume({ data: Float32Array.from(values), shape, layout: "x-fastest" });

describe("randScaleIntensity", () => {
  it("multiplies by 1 + f, each channel by its own", () => {
    const image = row([1, 2, 10, Number.NaN], [2, 2, 1]);
    expect(valuesOf(scaledBy(image, [0.5]))).toEqual([1.5, 3, 15, Number.NaN]);
    expect(valuesOf(scaledBy(image, [0, -0.5]))).toEqual([1, 2, 5, Number.NaN]);
  });

  it("draws f evenly: from -f to f, from a range, for each channel", async () => {
    const drawn = await drawnBy(randScaleIntensity({ factors: 0.3, prob: 0.4 }));
    expectChance(drawn.length, 10_000, 0.4);
    expectUniform(numbersAt(drawn, "factors", 0), -0.3, 0.3);
    const operator = randScaleIntensity({ factors: [1, 3], prob: 1, channelWise: true });
    const each = await drawnBy(operator, { shape: [2, 1, 1] });
    for (const channel of [0, 1]) expectUniform(numbersAt(each, "factors", channel), 1, 3);
  });

  it("scales all fields of an item alike, and makes float32 of items that are not scaled too", async () => {
    const items = Array.from({ length: 30 }, () => ({ image: row([1]), label: ramp([1, 2, 1], "uint8", 1) }));
    const operator = randScaleIntensity({ keys: ["image", "label"], factors: 0.5, prob: 0.5 });
    const scaled = await Dataset.from(items, { seed: 4 }).pipe(operator).toArray();
    for (const { image, label } of scaled) {
      expect(label.get(0, 0, 0)).toBe(image.get(0, 0, 0));
      expect(label.dtype).toBe("float32");
    }
    expect(new Set(scaled.map(({ image }) => image.get(0, 0, 0))).size).toBeGreaterThan(8);
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randScaleIntensity({ factors: [1, 0] }),
      () => randScaleIntensity({ factors: Number.NaN }),
      () => randScaleIntensity({ factors: 1, prob: -1 }),
    ]);
  });
});

describe("randStdShiftIntensity", () => {
  const whole = { nonzero: false, channelWise: false };

  it("adds a multiple of the deviation of the image, of what is not zero, or of each channel", () => {
    expect(valuesOf(stdShifted(row([1, 3]), 2, whole))).toEqual([3, 5]);
    expect(valuesOf(stdShifted(row([0, 1, 3]), 2, { nonzero: true, channelWise: false }))).toEqual([0, 3, 5]);
    const image = row([1, 3, 10, 30], [2, 2, 1]);
    expect(valuesOf(stdShifted(image, -1, { nonzero: false, channelWise: true }))).toEqual([0, 2, 0, 20]);
    expect(valuesOf(stdShifted(row([1, Number.NaN, 3]), 2, whole))).toEqual([3, Number.NaN, 5]);
    expect(valuesOf(stdShifted(row([7, 7]), 2, whole))).toEqual([7, 7]);
  });

  it("draws one factor evenly for all channels", async () => {
    const drawn = await drawnBy(randStdShiftIntensity({ factors: 2, prob: 0.2 }), { shape: [2, 1, 1] });
    expectChance(drawn.length, 10_000, 0.2);
    expectUniform(numbersAt(drawn, "factor"), -2, 2);
    expectRefused([() => randStdShiftIntensity({ factors: [2, 1] })]);
  });
});

describe("randBiasField", () => {
  it("is exp of a plane for degree 1, the coefficients in the order 1, z, y, x", () => {
    const image = new Volume({ data: new Float32Array(27).fill(2), shape: [1, 3, 3, 3] });
    const field = biased(image, 1, [0.1, 0.2, 0.3, 0.4]);
    for (const [x, y, z] of [[0, 0, 0] as const, [2, 1, 0] as const, [1, 2, 2] as const]) {
      const wanted = 2 * Math.exp(0.1 + 0.2 * (z - 1) + 0.3 * (y - 1) + 0.4 * (x - 1));
      expect(field.get(0, x, y, z)).toBeCloseTo(wanted, 6);
    }
  });

  it("is made of Legendre polynomials: of degree 2 in 2D, in the order 1, y, y2, x, xy, x2", () => {
    const image = new Volume({ data: new Float32Array(25).fill(1), shape: [1, 5, 5] });
    const second = (x: number) => (3 * x * x - 1) / 2;
    const field = biased(image, 2, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    for (const [i, j] of [[0, 3] as const, [4, 1] as const, [2, 2] as const]) {
      const [x, y] = [-1 + i / 2, -1 + j / 2];
      const sum = 0.1 + 0.2 * y + 0.3 * second(y) + 0.4 * x + 0.5 * x * y + 0.6 * second(x);
      expect(field.get(0, i, j)).toBeCloseTo(Math.exp(sum), 6);
    }
  });

  it("is the same for all channels, and leaves NaN as it is", () => {
    const field = biased(row([1, 1, 1, Number.NaN], [2, 2, 1]), 1, [0, 0, 1]);
    const [low, high] = [-1, 1].map((x) => Math.fround(Math.exp(x)));
    expect(valuesOf(field)).toEqual([low, high, low, Number.NaN]);
  });

  it("draws as many coefficients as there are products of the degree, evenly", async () => {
    const drawn = await drawnBy(randBiasField({ prob: 0.5, coeffRange: [-0.2, 0.4] }), { shape: [1, 1, 1, 1] });
    expectChance(drawn.length, 10_000, 0.5);
    for (const n of [0, 7, 19]) expectUniform(numbersAt(drawn, "coefficients", n), -0.2, 0.4);
    expect(() => numbersAt(drawn, "coefficients", 20)).toThrow("no number");
    expect([coefficientCount(3, 3), coefficientCount(3, 2), coefficientCount(1, 3)]).toEqual([20, 10, 4]);
  });

  it("gives fields of 2D and 3D the same draw", async () => {
    const items = [{ flat: ramp([1, 3, 3], "float32", 1), deep: ramp([1, 3, 3, 3], "float32", 1) }];
    const [item] = await Dataset.from(items)
      .pipe(randBiasField({ keys: ["flat", "deep"], prob: 1 }))
      .toArray();
    expect(item?.flat.get(0, 1, 1)).toBeGreaterThan(0);
    expect(valuesOf(item?.deep ?? row([])).every(Number.isFinite)).toBe(true);
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([() => randBiasField({ degree: 0 }), () => randBiasField({ coeffRange: [1, 0] })]);
  });
});

describe("randHistogramShift", () => {
  const heights = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 })
    .map((inner) => [0, ...inner.sort((a, b) => a - b), 1]);

  it("maps by straight pieces between evenly spaced points", () => {
    const image = row([0, 1, 2, 3, 4, 8, Number.NaN]);
    expect(valuesOf(histogramShifted(image, [0, 0.75, 1]))).toEqual([0, 1.5, 3, 4.5, 6, 8, Number.NaN]);
  });

  it("keeps the order of values, the least and the greatest, and writes to no input", () => {
    fc.assert(
      fc.property(anyVolume, heights, (volume, points) => {
        const before = plain(volume);
        const [values, bent] = [valuesOf(volume), valuesOf(histogramShifted(volume, points))];
        const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
        const sorted = order.map((n) => bent[n] ?? Number.NaN);
        expect(sorted.every((value, n) => n === 0 || value >= (sorted[n - 1] ?? Number.NaN))).toBe(true);
        expect([sorted[0], sorted.at(-1)]).toEqual([Math.min(...values), Math.max(...values)]);
        expect(plain(volume)).toEqual(before);
      }),
    );
  });

  it("leaves an image that is constant, or reaches infinity, as it is", () => {
    expect(valuesOf(histogramShifted(ramp([1, 1, 1], "uint8", 7), [0, 0.9, 1]))).toEqual([7]);
    const endless = [1, Number.POSITIVE_INFINITY];
    expect(valuesOf(histogramShifted(row(endless), [0, 0.9, 1]))).toEqual(endless);
  });

  it("draws the number of points evenly, and each height between its neighbours", async () => {
    const drawn = await drawnBy(randHistogramShift({ numControlPoints: [3, 6], prob: 0.9 }));
    expectChance(drawn.length, 10_000, 0.9);
    expectEvenIntegers(numbersAt(drawn, "heights", "length"), 3, 6);
    const three = await drawnBy(randHistogramShift({ numControlPoints: 3, prob: 1 }));
    expectUniform(numbersAt(three, "heights", 1), 0, 1);
    expect(new Set(numbersAt(three, "heights", 2))).toEqual(new Set([1]));
    const four = await drawnBy(randHistogramShift({ numControlPoints: 4, prob: 1 }));
    expectUniform(numbersAt(four, "heights", 1), 0, 2 / 3);
    const first = numbersAt(four, "heights", 1);
    const share = numbersAt(four, "heights", 2).map((height, n) => (height - (first[n] ?? 0)) / (1 - (first[n] ?? 0)));
    expectUniform(share, 0, 1);
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randHistogramShift({ numControlPoints: 2 }),
      () => randHistogramShift({ numControlPoints: [6, 3] }),
      () => randHistogramShift({ numControlPoints: 3.5 }),
    ]);
  });
});
