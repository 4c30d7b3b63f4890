import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, originOf, Volume } from "voxrx";
import { randGaussianNoise } from "voxrx/operators";
import { gaussianNoised } from "../../../operators/intensity/rand-gaussian-noise.ts";
import { erf } from "../../../src/kernels/gaussian.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import {
  drawnBy,
  expectChance,
  expectDistribution,
  expectRefused,
  expectUniform,
  numbersAt,
  statistics,
} from "./rand-drawn.ts";

const flat = (value: number, shape: readonly number[] = [1, 50, 50, 20]) =>
  new Volume({ data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape, layout: "x-fastest" });

/** The same image with z fastest in memory. */
const turned = (volume: Volume) => volume.toContiguous("z-fastest");

describe("randGaussianNoise", () => {
  test("adds noise of the mean and deviation given, normally distributed", async () => {
    const noisy = await applied(flat(10), randGaussianNoise({ prob: 1, mean: 2, std: 3, sampleStd: false }));
    const values = valuesOf(noisy);
    const { mean, deviation } = statistics(values);
    expect(Math.abs(mean - 12)).toBeLessThan((5 * 3) / Math.sqrt(values.length));
    expect(Math.abs(deviation - 3)).toBeLessThan((5 * 3) / Math.sqrt(2 * values.length));
    expectDistribution(values.slice(0, 10_000), (x) => (1 + erf((x - 12) / 3 / Math.SQRT2)) / 2);
    expect(noisy.dtype).toBe("float32");
  });

  test("draws whether, the deviation from 0 to std, and a seed", async () => {
    const drawn = await drawnBy(randGaussianNoise({ prob: 0.3, mean: 1, std: 2 }));
    expectChance(drawn.length, drawCount, 0.3);
    expectUniform(numbersAt(drawn, "std"), 0, 2);
    expectUniform(numbersAt(drawn, "seed"), 0, 2 ** 32);
    expect(new Set(numbersAt(drawn, "mean"))).toEqual(new Set([1]));
    expectChance((await drawnBy(randGaussianNoise())).length, drawCount, 0.1);
    const fixed = await drawnBy(randGaussianNoise({ prob: 1, std: 2, sampleStd: false }), { count: 3 });
    expect(numbersAt(fixed, "std")).toEqual([2, 2, 2]);
  });

  test("can be made again from what was drawn", async () => {
    const image = ramp([2, 4, 3, 2]);
    const noisy = await applied(image, randGaussianNoise({ prob: 1 }));
    const [draw] = originOf(noisy)?.draws ?? [];
    const [std = 0, seed = 0] = ["std", "seed"].map((name) => numbersAt([draw], "params", name)[0]);
    expect(plain(gaussianNoised(image, { mean: 0, std, seed }))).toEqual(plain(noisy));
  });

  test("gives a voxel the same noise whatever the order of samples in memory, and writes to no input", () => {
    fc.assert(
      fc.property(anyVolume, fc.integer({ min: 0 }), (volume, seed) => {
        const before = plain(volume);
        const noise = { mean: 0, std: 5, seed };
        const noisy = gaussianNoised(volume, noise);
        expect(valuesOf(gaussianNoised(turned(volume), noise))).toEqual(valuesOf(noisy));
        expect(plain(volume)).toEqual(before);
        expect([noisy.shape, noisy.affine, noisy.meta]).toEqual([volume.shape, volume.affine, volume.meta]);
      }),
    );
  });

  test("gives all fields of an item the same noise, and float32 to items without noise too", async () => {
    const items = Array.from({ length: 20 }, () => ({ t1: flat(5, [1, 4, 4]), t2: ramp([1, 4, 4], "uint8") }));
    const operator = randGaussianNoise({ keys: ["t1", "t2"], prob: 0.5 });
    const noisy = await Dataset.from(items, { seed: 1 }).pipe(operator).toArray();
    for (const { t1, t2 } of noisy) {
      const [first, second] = [valuesOf(t1), valuesOf(t2)];
      for (const [n, value] of first.entries()) expect((second[n] ?? 0) - n).toBeCloseTo(value - 5, 5);
      expect(t2.dtype).toBe("float32");
    }
    expect(new Set(noisy.map(({ t1 }) => t1.get(0, 0, 0) === 5)).size).toBe(2);
  });

  test("leaves NaN as it is", () => {
    const image = new Volume({ data: Float32Array.of(1, Number.NaN), shape: [1, 2, 1], layout: "x-fastest" });
    expect(valuesOf(gaussianNoised(image, { mean: 0, std: 0, seed: 1 }))).toEqual([1, Number.NaN]);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([() => randGaussianNoise({ std: -1 }), () => randGaussianNoise({ prob: 2 })]);
  });
});

optionSets("randGaussianNoise", greyImages, [{ prob: 1 }]);
