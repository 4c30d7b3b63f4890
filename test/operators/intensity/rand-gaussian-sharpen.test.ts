import { describe, expect, test } from "vitest";
import { randGaussianSharpen } from "voxrx/operators";
import { sharpened } from "../../../operators/intensity/gaussian-sharpen.ts";
import { smoothed } from "../../../operators/intensity/gaussian-smooth.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { near } from "../../support/near.ts";
import { row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randGaussianSharpen", () => {
  test("adds alpha times what smoothing the smoothed image again takes away", () => {
    const image = row([0, 3, 1, 9, 2, 0, 5]);
    const once = smoothed(image, [0.8, 0.6]);
    const twice = valuesOf(smoothed(once, [0.5, 0.4]));
    const wanted = valuesOf(once).map((value, n) => value + 10 * (value - (twice[n] ?? 0)));
    expect(valuesOf(sharpened(image, { sigma1: [0.8, 0.6], sigma2: [0.5, 0.4], alpha: 10 }))).toEqual(near(wanted, 5));
    const nothing = sharpened(image, { sigma1: [0, 0], sigma2: [0, 0], alpha: 30 });
    expect(valuesOf(nothing)).toEqual(valuesOf(image));
  });

  test("draws the second deviation from its number to the first that was drawn, or from its range", async () => {
    const operator = randGaussianSharpen({ prob: 0.6, sigma2Y: [0, 2], sigma2Z: 0.1 });
    const drawn = await drawnBy(operator, { shape: [1, 1, 1, 1] });
    expectChance(drawn.length, drawCount, 0.6);
    for (const axis of [0, 1, 2]) expectUniform(numbersAt(drawn, "sigma1", axis), 0.5, 1);
    expectUniform(numbersAt(drawn, "sigma2", 1), 0, 2);
    for (const [axis, low] of [[0, 0.5] as const, [2, 0.1] as const]) {
      const first = numbersAt(drawn, "sigma1", axis);
      const share = numbersAt(drawn, "sigma2", axis).map((sigma, n) => (sigma - low) / ((first[n] ?? 0) - low));
      expectUniform(share, 0, 1);
    }
    expectUniform(numbersAt(drawn, "alpha"), 10, 30);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randGaussianSharpen({ sigma2X: 0.7 }),
      () => randGaussianSharpen({ sigma1Z: [1, 0.5] }),
      () => randGaussianSharpen({ alpha: [3, 1] }),
    ]);
  });
});

optionSets("randGaussianSharpen", greyImages, [{ prob: 1 }, { prob: 1, sigma1X: [0.1, 0.2], sigma2X: [0, 0.1] }]);
