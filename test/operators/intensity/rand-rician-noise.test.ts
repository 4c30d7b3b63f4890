import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { randRicianNoise } from "voxrx/operators";
import { ricianNoised } from "../../../operators/intensity/rand-rician-noise.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { anyVolume, plain, valuesOf } from "../../support/volumes.ts";
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

describe("randRicianNoise", () => {
  const plainly = { mean: 0, std: 2, channelWise: false, relative: false };

  test("has Rayleigh's distribution where there is no signal", () => {
    const values = valuesOf(ricianNoised(flat(0), plainly, { shares: [1], seed: 7 }));
    expectDistribution(values.slice(0, 10_000), (x) => 1 - Math.exp((-x * x) / 8));
    const { mean, deviation } = statistics(values);
    expect(Math.abs(mean - 2 * Math.sqrt(Math.PI / 2))).toBeLessThan(0.05);
    expect(Math.abs(deviation - 2 * Math.sqrt(2 - Math.PI / 2))).toBeLessThan(0.05);
  });

  test("has the second moment of signal and both parts together", () => {
    const values = valuesOf(ricianNoised(flat(3), plainly, { shares: [0.5], seed: 8 }));
    const power = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(power - (9 + 2))).toBeLessThan(0.15); // signal squared, and the variance of 1 of each part
  });

  test("takes the deviation of the image, or of each channel, as its unit if told", () => {
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

  test("draws a share of the deviation, with channelWise for each channel", async () => {
    const operator = randRicianNoise({ prob: 0.5, channelWise: true });
    const drawn = await drawnBy(operator, { shape: [2, 1, 1] });
    expectChance(drawn.length, drawCount, 0.5);
    expectUniform(numbersAt(drawn, "shares", 0), 0, 1);
    expectUniform(numbersAt(drawn, "shares", 1), 0, 1);
    const fixed = await drawnBy(randRicianNoise({ prob: 1, sampleStd: false }), { count: 3 });
    expect(fixed).toEqual(fixed.map(() => ({ shares: [1], seed: expect.any(Number) })));
  });

  test("takes a mean and a deviation for each channel, and refuses too few", async () => {
    const image = flat(0, [2, 2, 1]);
    const operator = randRicianNoise({ prob: 1, mean: [0, 3], std: [0, 0], channelWise: true });
    const values = valuesOf(await applied(image, operator));
    expect(values).toEqual([0, 0, Math.fround(Math.sqrt(18)), Math.fround(Math.sqrt(18))]);
    const wrong = applied(image, randRicianNoise({ prob: 1, std: [1, 2, 3], channelWise: true }));
    await expect(wrong).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test("gives a voxel the same noise whatever the order of samples in memory; fields have noise of their own", () => {
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

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randRicianNoise({ std: [1, 2] }),
      () => randRicianNoise({ mean: [], channelWise: true }),
      () => randRicianNoise({ std: -1 }),
    ]);
  });
});

optionSets("randRicianNoise", greyImages, [{ prob: 1, relative: true }]);
