import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { randGibbsNoise, randKSpaceSpikeNoise } from "voxrx/operators";
import { spiked } from "../../../operators/intensity/rand-k-space-spike-noise.ts";
import { meanLogMagnitude } from "../../../src/kernels/k-space.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { near } from "../../support/near.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

const image = (values: readonly number[], shape: readonly number[]) =>
  new Volume({ data: Float64Array.from(values), shape, layout: "x-fastest" });

// Numbers below were computed with NumPy's FFT by the formulas of MONAI's GibbsNoise and KSpaceSpikeNoise.
const small = image([1, 2, 4, 7, 0, 3, 1, 5, 2, 2, 6, 0], [1, 4, 3]);

describe("randKSpaceSpikeNoise", () => {
  test("replaces the magnitude of one frequency and keeps its phase", () => {
    const wanted = [
      0.5561185, 1.149203, 4.4438815, 7.850797, 0.9587526, 3.0409858, 0.0412474, 4.9590142, 1.4851289, 2.8098112,
      6.5148711, -0.8098112,
    ];
    expect(valuesOf(spiked(small, () => ({ location: [3, 0], logIntensity: 3 })))).toEqual(near(wanted));
  });

  test("takes its default range from the mean of the logarithm over k-space", async () => {
    expect(meanLogMagnitude(small, 0)).toBeCloseTo(2.04567142714104, 12);
    const drawn = await applied(small, randKSpaceSpikeNoise({ prob: 1 }));
    const added = valuesOf(drawn).map((value, n) => value - (valuesOf(small)[n] ?? 0));
    const largest = Math.max(...added.map(Math.abs));
    const bounds = [0.95, 1.1].map((share) => Math.exp(share * 2.5 * 2.04567142714104) / 12);
    expect(largest).toBeLessThan((bounds[1] ?? 0) + 4); // a wave of that height, less at most the one there was
    expect(largest).toBeGreaterThan(((bounds[0] ?? 0) - 4) / 2);
  });

  test("draws a place and a level for each channel, evenly; one place for all if told", async () => {
    const shape = [2, 1, 1, 1];
    const drawn = await drawnBy(randKSpaceSpikeNoise({ prob: 0.5, intensityRange: [1, 2] }), { shape });
    expectChance(drawn.length, drawCount, 0.5);
    for (const channel of [0, 1]) {
      for (const axis of [0, 1, 2]) expectUniform(numbersAt(drawn, "spikes", channel, "place", axis), 0, 1);
      expectUniform(numbersAt(drawn, "spikes", channel, "level"), 0, 1);
    }
    expect(numbersAt(drawn, "spikes", 0, "place", 0)).not.toEqual(numbersAt(drawn, "spikes", 1, "place", 0));
    const together = await drawnBy(randKSpaceSpikeNoise({ prob: 1, channelWise: false }), { shape, count: 20 });
    expect(numbersAt(together, "spikes", 0, "place", 2)).toEqual(numbersAt(together, "spikes", 1, "place", 2));
    expect(numbersAt(together, "spikes", 0, "level")).not.toEqual(numbersAt(together, "spikes", 1, "level"));
  });

  test("gives fields of other sizes the same draw, and every channel its own range", async () => {
    const items = [{ a: ramp([2, 8, 8]), b: ramp([2, 8, 8]), c: ramp([2, 4, 6, 2]) }];
    const ranges = [[2, 3] as const, [4, 5] as const];
    const operator = randKSpaceSpikeNoise({ keys: ["a", "b", "c"], prob: 1, intensityRange: ranges });
    const [item] = await Dataset.from(items).pipe(operator).toArray();
    expect(item && valuesOf(item.a)).toEqual(item && valuesOf(item.b));
    expect(item && valuesOf(item.c).every(Number.isFinite)).toBe(true);
    const wrong = applied(ramp([3, 2, 2]), randKSpaceSpikeNoise({ prob: 1, intensityRange: ranges }));
    await expect(wrong).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test("leaves NaN as it is, and copes with images that are constant or have no voxel", async () => {
    const odd = image([1, Number.NaN, 3, 4], [1, 2, 2]);
    const values = valuesOf(spiked(odd, () => ({ location: [0, 0], logIntensity: 1 })));
    expect(values.map(Number.isFinite)).toEqual([true, false, true, true]);
    const empty = new Volume({ data: new Float32Array(0), shape: [1, 0, 4] });
    for (const operator of [randKSpaceSpikeNoise({ prob: 1 }), randGibbsNoise({ prob: 1 })]) {
      expect(valuesOf(await applied(empty, operator))).toEqual([]);
    }
    const black = await applied(image([0, 0, 0, 0], [1, 2, 2]), randKSpaceSpikeNoise({ prob: 1 }));
    expect(valuesOf(black)).toEqual(near([0, 0, 0, 0]));
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const ranges = [[2, 3] as const, [4, 5] as const];
    expectRefused([
      () => randKSpaceSpikeNoise({ intensityRange: [2, 1] }),
      () => randKSpaceSpikeNoise({ intensityRange: ranges, channelWise: false }),
      () => randKSpaceSpikeNoise({ intensityRange: [] }),
    ]);
  });
});

optionSets("randKSpaceSpikeNoise", greyImages, [{ prob: 1 }]);
