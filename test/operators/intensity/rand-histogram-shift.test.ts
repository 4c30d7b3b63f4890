import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randHistogramShift } from "voxrx/operators";
import { histogramShifted } from "../../../operators/intensity/rand-histogram-shift.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { anyVolume, plain, ramp, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectEvenIntegers, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randHistogramShift", () => {
  const heights = fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 })
    .map((inner) => [0, ...inner.sort((a, b) => a - b), 1]);

  test("maps by straight pieces between evenly spaced points", () => {
    const image = row([0, 1, 2, 3, 4, 8, Number.NaN]);
    expect(valuesOf(histogramShifted(image, [0, 0.75, 1]))).toEqual([0, 1.5, 3, 4.5, 6, 8, Number.NaN]);
  });

  test("keeps the order of values, the least and the greatest, and writes to no input", () => {
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

  test("leaves an image that is constant, or reaches infinity, as it is", () => {
    expect(valuesOf(histogramShifted(ramp([1, 1, 1], "uint8", 7), [0, 0.9, 1]))).toEqual([7]);
    const endless = [1, Number.POSITIVE_INFINITY];
    expect(valuesOf(histogramShifted(row(endless), [0, 0.9, 1]))).toEqual(endless);
  });

  test("draws the number of points evenly, and each height between its neighbours", async () => {
    const drawn = await drawnBy(randHistogramShift({ numControlPoints: [3, 6], prob: 0.9 }));
    expectChance(drawn.length, drawCount, 0.9);
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

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randHistogramShift({ numControlPoints: 2 }),
      () => randHistogramShift({ numControlPoints: [6, 3] }),
      () => randHistogramShift({ numControlPoints: 3.5 }),
    ]);
  });
});

optionSets("randHistogramShift", greyImages, [{ prob: 1, numControlPoints: [3, 6] }]);
