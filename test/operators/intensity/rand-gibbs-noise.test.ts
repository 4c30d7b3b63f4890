import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { randGibbsNoise } from "voxrx/operators";
import { gibbsNoised } from "../../../operators/intensity/rand-gibbs-noise.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { near } from "../../support/near.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawCount, drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

const image = (values: readonly number[], shape: readonly number[]) =>
  new Volume({ data: Float64Array.from(values), shape, layout: "x-fastest" });

// Numbers below were computed with NumPy's FFT by the formulas of MONAI's GibbsNoise and KSpaceSpikeNoise.
const small = image([1, 2, 4, 7, 0, 3, 1, 5, 2, 2, 6, 0], [1, 4, 3]);

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
