import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, originOf, Volume } from "voxrx";
import { randGaussianNoise, randRicianNoise } from "voxrx/operators";
import { gaussianNoised } from "../../../operators/intensity/rand-gaussian-noise.ts";
import { ricianNoised } from "../../../operators/intensity/rand-rician-noise.ts";
import { erf } from "../../../src/kernels/gaussian.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";
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
  it("adds noise of the mean and deviation given, normally distributed", async () => {
    const noisy = await applied(flat(10), randGaussianNoise({ prob: 1, mean: 2, std: 3, sampleStd: false }));
    const values = valuesOf(noisy);
    const { mean, deviation } = statistics(values);
    expect(Math.abs(mean - 12)).toBeLessThan((5 * 3) / Math.sqrt(values.length));
    expect(Math.abs(deviation - 3)).toBeLessThan((5 * 3) / Math.sqrt(2 * values.length));
    expectDistribution(values.slice(0, 10_000), (x) => (1 + erf((x - 12) / 3 / Math.SQRT2)) / 2);
    expect(noisy.dtype).toBe("float32");
  });

  it("draws whether, the deviation from 0 to std, and a seed", async () => {
    const drawn = await drawnBy(randGaussianNoise({ prob: 0.3, mean: 1, std: 2 }));
    expectChance(drawn.length, 10_000, 0.3);
    expectUniform(numbersAt(drawn, "std"), 0, 2);
    expectUniform(numbersAt(drawn, "seed"), 0, 2 ** 32);
    expect(new Set(numbersAt(drawn, "mean"))).toEqual(new Set([1]));
    expectChance((await drawnBy(randGaussianNoise())).length, 10_000, 0.1);
    const fixed = await drawnBy(randGaussianNoise({ prob: 1, std: 2, sampleStd: false }), { count: 3 });
    expect(numbersAt(fixed, "std")).toEqual([2, 2, 2]);
  });

  it("can be made again from what was drawn", async () => {
    const image = ramp([2, 4, 3, 2]);
    const noisy = await applied(image, randGaussianNoise({ prob: 1 }));
    const [draw] = originOf(noisy)?.draws ?? [];
    const [std = 0, seed = 0] = ["std", "seed"].map((name) => numbersAt([draw], "params", name)[0]);
    expect(plain(gaussianNoised(image, { mean: 0, std, seed }))).toEqual(plain(noisy));
  });

  it("gives a voxel the same noise whatever the order of samples in memory, and writes to no input", () => {
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

  it("gives all fields of an item the same noise, and float32 to items without noise too", async () => {
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

  it("leaves NaN as it is", () => {
    const image = new Volume({ data: Float32Array.of(1, Number.NaN), shape: [1, 2, 1], layout: "x-fastest" });
    expect(valuesOf(gaussianNoised(image, { mean: 0, std: 0, seed: 1 }))).toEqual([1, Number.NaN]);
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([() => randGaussianNoise({ std: -1 }), () => randGaussianNoise({ prob: 2 })]);
  });
});

describe("randRicianNoise", () => {
  const plainly = { mean: 0, std: 2, channelWise: false, relative: false };

  it("has Rayleigh's distribution where there is no signal", () => {
    const values = valuesOf(ricianNoised(flat(0), plainly, { shares: [1], seed: 7 }));
    expectDistribution(values.slice(0, 10_000), (x) => 1 - Math.exp((-x * x) / 8));
    const { mean, deviation } = statistics(values);
    expect(Math.abs(mean - 2 * Math.sqrt(Math.PI / 2))).toBeLessThan(0.05);
    expect(Math.abs(deviation - 2 * Math.sqrt(2 - Math.PI / 2))).toBeLessThan(0.05);
  });

  it("has the second moment of signal and both parts together", () => {
    const values = valuesOf(ricianNoised(flat(3), plainly, { shares: [0.5], seed: 8 }));
    const power = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(power - (9 + 2))).toBeLessThan(0.15); // signal squared, and the variance of 1 of each part
  });

  it("takes the deviation of the image, or of each channel, as its unit if told", () => {
    const data = new Float32Array(2 * 20_000).map((_, n) => (n < 20_000 ? (n % 2) * 2 : 1000 + (n % 2) * 20));
    const image = new Volume({ data, shape: [2, 100, 200], layout: "x-fastest" });
    const noise = { shares: [1], seed: 3 };
    const noisy = valuesOf(ricianNoised(image, { mean: 0, std: 0.5, channelWise: true, relative: true }, noise));
    const second = statistics(noisy.slice(20_000).map((value, n) => value - (data[20_000 + n] ?? 0)));
    expect(second.deviation).toBeCloseTo(5, 0); // half of the channel's own deviation of 10
    const whole = valuesOf(ricianNoised(image, { mean: 0, std: 0.001, channelWise: false, relative: true }, noise));
    const rest = statistics(whole.slice(20_000).map((value, n) => value - (data[20_000 + n] ?? 0)));
    expect(rest.deviation).toBeCloseTo(0.5, 1); // a thousandth of the image's deviation of about 505
  });

  it("draws a share of the deviation, with channelWise for each channel", async () => {
    const operator = randRicianNoise({ prob: 0.5, channelWise: true });
    const drawn = await drawnBy(operator, { shape: [2, 1, 1] });
    expectChance(drawn.length, 10_000, 0.5);
    expectUniform(numbersAt(drawn, "shares", 0), 0, 1);
    expectUniform(numbersAt(drawn, "shares", 1), 0, 1);
    const fixed = await drawnBy(randRicianNoise({ prob: 1, sampleStd: false }), { count: 3 });
    expect(fixed).toEqual(fixed.map(() => ({ shares: [1], seed: expect.any(Number) })));
  });

  it("takes a mean and a deviation for each channel, and refuses too few", async () => {
    const image = flat(0, [2, 2, 1]);
    const operator = randRicianNoise({ prob: 1, mean: [0, 3], std: [0, 0], channelWise: true });
    const values = valuesOf(await applied(image, operator));
    expect(values).toEqual([0, 0, Math.fround(Math.sqrt(18)), Math.fround(Math.sqrt(18))]);
    const wrong = applied(image, randRicianNoise({ prob: 1, std: [1, 2, 3], channelWise: true }));
    await expect(wrong).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  it("gives a voxel the same noise whatever the order of samples in memory; fields have noise of their own", () => {
    fc.assert(
      fc.property(anyVolume, fc.integer({ min: 0 }), (volume, seed) => {
        const before = plain(volume);
        const noise = { shares: [0.3, 0.7], seed };
        const noisy = valuesOf(ricianNoised(volume, plainly, noise));
        expect(valuesOf(ricianNoised(turned(volume), plainly, noise))).toEqual(noisy);
        expect(valuesOf(ricianNoised(volume, plainly, noise, 1))).not.toEqual(noisy);
        expect(noisy.every((value) => value >= 0)).toBe(true);
        expect(plain(volume)).toEqual(before);
      }),
    );
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randRicianNoise({ std: [1, 2] }),
      () => randRicianNoise({ mean: [], channelWise: true }),
      () => randRicianNoise({ std: -1 }),
    ]);
  });
});
