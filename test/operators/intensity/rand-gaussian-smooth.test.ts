import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { originOf } from "voxrx";
import { randGaussianSmooth } from "voxrx/operators";
import { smoothed } from "../../../operators/intensity/gaussian-smooth.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { near } from "../../support/near.ts";
import { anyVolume, plain, ramp, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randGaussianSmooth", () => {
  test("weighs neighbours by the integral of a Gaussian over each voxel, with zeros around", () => {
    const impulse = row([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const half = [0.3829249, 0.2417303, 0.0605975, 0.0059771, 0.0002292]; // of the normal distribution
    const wanted = [...half.slice(1).reverse(), ...half];
    expect(valuesOf(smoothed(impulse, [1, 0]))).toEqual(near(wanted));
    expect(valuesOf(smoothed(row([1, 0, 0]), [1, 1]))).toEqual(
      near(
        half.slice(0, 3).map((w) => w * 0.3829249),
        5,
      ),
    );
  });

  test("draws a deviation for each axis evenly, and can be made again from what was drawn", async () => {
    const drawn = await drawnBy(randGaussianSmooth({ prob: 0.5, sigmaY: [2, 3] }), { shape: [1, 1, 1, 1] });
    expectChance(drawn.length, drawCount, 0.5);
    for (const axis of [0, 2]) expectUniform(numbersAt(drawn, "sigma", axis), 0.25, 1.5);
    expectUniform(numbersAt(drawn, "sigma", 1), 2, 3);
    const image = ramp([1, 5, 4, 3]);
    const result = await applied(image, randGaussianSmooth({ prob: 1 }));
    const draws = originOf(result)?.draws ?? [];
    const sigma = [0, 1, 2].flatMap((axis) => numbersAt(draws, "params", "sigma", axis));
    expect(plain(smoothed(image, sigma))).toEqual(plain(result));
  });

  test("does not depend on the order of samples in memory, and writes to no input", () => {
    fc.assert(
      fc.property(anyVolume, (volume) => {
        const before = plain(volume);
        const values = valuesOf(smoothed(volume, [0.5, 1, 2]));
        expect(valuesOf(smoothed(volume.toContiguous("z-fastest"), [0.5, 1, 2]))).toEqual(values);
        expect(plain(volume)).toEqual(before);
      }),
    );
  });

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([() => randGaussianSmooth({ sigmaX: [1, 0.5] }), () => randGaussianSmooth({ sigmaZ: [-1, 0.5] })]);
  });
});

optionSets("randGaussianSmooth", greyImages, [{ prob: 1 }, { prob: 1, sigmaX: [0, 0], sigmaY: [0.1, 0.2] }]);
