import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { randGibbsNoise } from "voxrx/operators";
import { gibbsNoised } from "../../../operators/intensity/rand-gibbs-noise.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { near } from "../../support/near.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

const image = (values: readonly number[], shape: readonly number[]) =>
  new Volume({ data: Float64Array.from(values), shape, layout: "x-fastest" });

// Numbers below were computed with NumPy's FFT by the formulas of MONAI's GibbsNoise and KSpaceSpikeNoise.
const small = image([1, 2, 4, 7, 0, 3, 1, 5, 2, 2, 6, 0], [1, 4, 3]);

/** The real part of the sum of the frequencies within the sphere, each computed as a sum over all voxels. */
function byDefinition(values: readonly number[], shape: readonly number[], alpha: number): number[] {
  const [nx = 1, ny = 1] = shape;
  const places = values.map((_, n) => [n % nx, Math.floor(n / nx) % ny, Math.floor(n / nx / ny)]);
  const radius = ((1 - alpha) * Math.max(...shape) * Math.SQRT2) / 2;
  const distance = (place: readonly number[]) =>
    Math.hypot(...place.map((k, axis) => k - ((shape[axis] ?? 1) - 1) / 2));
  const kept = places
    .filter((place) => distance(place) <= radius)
    .map((place) => place.map((k, axis) => k - Math.floor((shape[axis] ?? 1) / 2)));
  const angle = (frequency: readonly number[], place: readonly number[]) =>
    2 * Math.PI * frequency.reduce((sum, k, axis) => sum + (k * (place[axis] ?? 0)) / (shape[axis] ?? 1), 0);
  const waves = kept.map((frequency) => {
    const angles = places.map((place) => angle(frequency, place));
    const re = angles.reduce((sum, turn, n) => sum + (values[n] ?? 0) * Math.cos(turn), 0);
    const im = angles.reduce((sum, turn, n) => sum - (values[n] ?? 0) * Math.sin(turn), 0);
    return { angles, re, im };
  });
  return places.map(
    (_, n) =>
      waves.reduce((sum, { angles, re, im }) => {
        return sum + re * Math.cos(angles[n] ?? 0) - im * Math.sin(angles[n] ?? 0);
      }, 0) / values.length,
  );
}

describe("randGibbsNoise", () => {
  test("keeps what lies within the sphere around the middle of k-space", () => {
    const half = [2.75, 2.25, 4.25, 4.75, 2, 1.75, 2.5, 2.75, 1.5, 3, 3.5, 2];
    expect(valuesOf(gibbsNoised(small, 0.5))).toEqual(near(half));
    const column = [25 / 12, 7 / 3, 41 / 12, 19 / 6];
    expect(valuesOf(gibbsNoised(small, 0.7))).toEqual(near([...column, ...column, ...column]));
  });

  test("keeps all of a 2D image for 0, and with 1 the mean where the number of frequencies is odd, else nothing", () => {
    expect(valuesOf(gibbsNoised(small, 0))).toEqual(near(valuesOf(small)));
    expect(valuesOf(gibbsNoised(small, 1))).toEqual(near(valuesOf(small).map(() => 0)));
    const odd = ramp([1, 3, 3, 3]);
    expect(valuesOf(gibbsNoised(odd, 1))).toEqual(near(valuesOf(odd).map(() => 13)));
  });

  test("agrees with its definition for images wider, higher or deeper than the sphere, of odd and even size", () => {
    for (const shape of [
      [9, 3, 2],
      [4, 24, 2],
      [3, 2, 6],
      [6, 25, 1],
    ])
      for (const alpha of [0.4, 0.8]) {
        const grey = image(
          Array.from({ length: shape.reduce((a, b) => a * b) }, (_, n) => Math.sin(n * n)),
          [1, ...shape],
        );
        expect(valuesOf(gibbsNoised(grey, alpha))).toEqual(near(byDefinition(valuesOf(grey), shape, alpha)));
      }
  });

  test("does not depend on the order of samples in memory, nor a channel on the others, and writes to no input", () => {
    const strength = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyVolume, strength, (volume, alpha) => {
        const before = plain(volume);
        const values = valuesOf(gibbsNoised(volume, alpha));
        expect(valuesOf(gibbsNoised(volume.toContiguous("z-fastest"), alpha))).toEqual(values);
        const last = volume.channels - 1;
        const alone = valuesOf(gibbsNoised(volume.selectChannels(last, last + 1), alpha));
        expect(values.slice(-alone.length)).toEqual(alone);
        expect(plain(volume)).toEqual(before);
      }),
    );
  });

  test("leaves NaN and infinity as they are, and the rest finite", () => {
    const odd = image([1, Number.NaN, 3, Number.POSITIVE_INFINITY, 5, 6], [1, 3, 2]);
    const values = valuesOf(gibbsNoised(odd, 0.4));
    expect([values[1], values[3]]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(values.filter(Number.isFinite)).toHaveLength(4);
  });

  test("draws alpha evenly from its range, or from 0 to one number", async () => {
    const drawn = await drawnBy(randGibbsNoise({ prob: 0.3, alpha: [0.2, 0.6] }));
    expectChance(drawn.length, drawCount, 0.3);
    expectUniform(numbersAt(drawn, "alpha"), 0.2, 0.6);
    expectUniform(numbersAt(await drawnBy(randGibbsNoise({ prob: 1, alpha: 0.5 })), "alpha"), 0, 0.5);
    expectRefused([() => randGibbsNoise({ alpha: [0, 2] }), () => randGibbsNoise({ alpha: [0.5, 0.2] })]);
  });
});

optionSets("randGibbsNoise", greyImages, [{ prob: 1 }]);
