import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addGaussianNoise, addRicianNoise } from "../../src/kernels/noise.ts";

const standard = { mean: 0, deviation: 1 };

/** An image of zeros: some channels of one row. */
function zeros(length: number, channels = 1) {
  const shape = [channels, length, 1, 1];
  return { storage: new Float32Array(channels * length), shape, strides: [length, 1, length, length], offset: 0 };
}

/** Mean of the products of two lists of numbers with mean 0. */
function covariance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / Math.min(a.length, b.length);
}

describe("normal noise", () => {
  const length = 2 ** 16;
  const noise = addGaussianNoise(zeros(length, 2), standard, { seed: 7, use: 0 });
  const [first, second] = [noise.subarray(0, length), noise.subarray(length)];
  // Five standard errors of a mean of as many products.
  const bound = 5 / Math.sqrt(length);

  test("has the moments of the normal distribution", () => {
    const moment = (power: number) => first.reduce((sum, value) => sum + value ** power, 0) / length;
    expect(Math.abs(moment(1))).toBeLessThan(bound);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(bound * Math.sqrt(2));
    expect(Math.abs(moment(3))).toBeLessThan(bound * Math.sqrt(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(bound * Math.sqrt(96));
    expect(first.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(3.7);
  });

  test("is not correlated between neighbors near and far, channels, seeds and uses", () => {
    for (const distance of [1, 2, 3, 4, 5, 8, 12, 15, 16, 17, 64, 256, 4096]) {
      expect(Math.abs(covariance(first, first.subarray(distance))), `at ${distance}`).toBeLessThan(bound * 1.1);
    }
    for (const source of [
      { seed: 8, use: 0 },
      { seed: 7, use: 1 },
      { seed: 7 + 2 ** 16, use: 0 },
    ]) {
      const other = addGaussianNoise(zeros(length), standard, source);
      expect(Math.abs(covariance(first, other))).toBeLessThan(bound);
    }
    expect(Math.abs(covariance(first, second))).toBeLessThan(bound);
  });

  test("of a voxel does not depend on how many others there are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), (count) => {
        const part = addGaussianNoise(zeros(count), standard, { seed: 7, use: 0 });
        expect(part).toEqual(first.slice(0, count));
      }),
      { numRuns: 20 },
    );
  });
});

test("Rician noise has the mean square of its two parts, and is not correlated between neighbors", () => {
  const length = 2 ** 16;
  const noise = addRicianNoise(zeros(length), () => standard, { seed: 3, use: 1 });
  const mean = Math.sqrt(Math.PI / 2);
  const centered = noise.map((value) => value - mean);
  expect(Math.abs(covariance(noise, noise) - 2)).toBeLessThan(10 / Math.sqrt(length));
  for (const distance of [1, 2, 3, 4, 7, 8, 16]) {
    expect(Math.abs(covariance(centered, centered.subarray(distance)))).toBeLessThan(3 / Math.sqrt(length));
  }
});
