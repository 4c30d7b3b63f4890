import { describe, expect, test } from "vitest";
import { erf } from "../../src/kernels/gaussian.ts";
import { smoothNoise } from "../../src/kernels/smooth-noise.ts";
import { Random } from "../../src/random/random.ts";

describe("a field of smooth noise", () => {
  test("is the noise itself, even in [-magnitude, magnitude], where nothing is smoothed", () => {
    const [x, y, z] = smoothNoise([20, 20, 25], 0, 4, new Random(1));
    const random = new Random(1);
    expect(x.every((value) => value === Math.fround(random.uniform(-1, 1)) * 4)).toBe(true);
    const all = [...x, ...y, ...z];
    expect(all.every((value) => Math.abs(value) <= 4)).toBe(true);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + value * value, 0) / all.length;
    expect(Math.abs(mean)).toBeLessThan((5 * 4) / Math.sqrt(3 * all.length));
    expect(Math.abs(variance - 16 / 3)).toBeLessThan(0.15);
  });

  test("is smoothed by a Gaussian that is cut off at 3 standard deviations, zeros around the image", () => {
    const [n, sigma] = [11, 1.2];
    const random = new Random(7);
    const noise = Array.from({ length: n ** 3 }, () => random.uniform(-1, 1));
    const upTo = (at: number) => erf(at / (sigma * Math.SQRT2)) / 2;
    const weight = (away: number) => (Math.abs(away) > 4 ? 0 : upTo(away + 0.5) - upTo(away - 0.5)); // floor(3.6 + 0.5)
    const [field] = smoothNoise([n, n, n], sigma, 3, new Random(7));
    for (const [x, y, z] of [[5, 5, 5], [0, 10, 3]] as const) {
      let sum = 0;
      for (const [at, value] of noise.entries()) {
        const [i, j, k] = [at % n, Math.floor(at / n) % n, Math.floor(at / (n * n))];
        sum += value * weight(i - x) * weight(j - y) * weight(k - z);
      }
      expect(field[x + n * y + n * n * z]).toBeCloseTo(3 * sum, 6);
    } // biome-ignore format: one line
  });
});
