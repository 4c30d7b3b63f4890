import { describe, expect, test } from "vitest";
import { randAdjustContrast } from "voxrx/operators";
import { contrastAdjusted } from "../../../operators/intensity/adjust-contrast.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { near } from "../../support/near.ts";
import { row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt, statistics } from "./rand-drawn.ts";

describe("randAdjustContrast", () => {
  const squared = { gamma: 2, invertImage: false, retainStats: false };

  test("raises values between the least and the greatest to the power gamma", () => {
    const image = row([0, 1, 2, 5, 10, Number.NaN]);
    expect(valuesOf(contrastAdjusted(image, squared))).toEqual([...near([0, 0.1, 0.4, 2.5, 10], 5), Number.NaN]);
    const moved = row([-5, 0, 5]);
    expect(valuesOf(contrastAdjusted(moved, squared))).toEqual(near([-5, -2.5, 5], 5));
  });

  test("changes the negative if told", () => {
    const inverted = contrastAdjusted(row([0, 1, 5, 10]), { ...squared, invertImage: true });
    expect(valuesOf(inverted)).toEqual(near([0, 1.9, 7.5, 10], 5)); // 10 - (10 - x)^2 / 10
  });

  test("brings mean and deviation back if told", () => {
    const image = row([0, 1, 2, 5, 10, 3, 4, 4]);
    const changed = statistics(valuesOf(contrastAdjusted(image, { ...squared, retainStats: true })));
    const before = statistics(valuesOf(image));
    expect(changed.mean).toBeCloseTo(before.mean, 5);
    expect(changed.deviation).toBeCloseTo(before.deviation, 5);
  });

  test("leaves an image that is constant, or has no number, as it is", () => {
    for (const values of [
      [7, 7],
      [Number.NaN, Number.NaN],
    ]) {
      const image = row(values);
      expect(valuesOf(contrastAdjusted(image, { ...squared, retainStats: true }))).toEqual(values);
    }
  });

  test("draws gamma evenly: from 0.5 to one number, or from a range", async () => {
    const drawn = await drawnBy(randAdjustContrast({ prob: 0.4 }));
    expectChance(drawn.length, drawCount, 0.4);
    expectUniform(numbersAt(drawn, "gamma"), 0.5, 4.5);
    expectUniform(numbersAt(await drawnBy(randAdjustContrast({ prob: 1, gamma: 2 })), "gamma"), 0.5, 2);
    expectUniform(numbersAt(await drawnBy(randAdjustContrast({ prob: 1, gamma: [0.2, 0.3] })), "gamma"), 0.2, 0.3);
    expectRefused([
      () => randAdjustContrast({ gamma: 0.5 }),
      () => randAdjustContrast({ gamma: [0, 1] }),
      () => randAdjustContrast({ gamma: [2, 1] }),
    ]);
  });
});

optionSets("randAdjustContrast", greyImages, [{ prob: 1 }]);
