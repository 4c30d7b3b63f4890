import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, Volume } from "voxrx";
import { randGibbsNoise, randKSpaceSpikeNoise } from "voxrx/operators";
import { gibbsNoised } from "../../../operators/intensity/rand-gibbs-noise.ts";
import { spiked } from "../../../operators/intensity/rand-k-space-spike-noise.ts";
import { type Complex, complexZeros, exchanged, lineTransform } from "../../../src/kernels/fft.ts";
import { meanLogMagnitude } from "../../../src/kernels/k-space.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

const near = (values: readonly number[], digits = 6) => values.map((value) => expect.closeTo(value, digits));
const image = (values: readonly number[], shape: readonly number[]) =>
  new Volume({ data: Float64Array.from(values), shape, layout: "x-fastest" });

// Numbers below were computed with NumPy's FFT by the formulas of MONAI's GibbsNoise and KSpaceSpikeNoise.
const small = image([1, 2, 4, 7, 0, 3, 1, 5, 2, 2, 6, 0], [1, 4, 3]);

/** The transform by its definition, of line `lane`. */
function direct({ re, im }: Complex, n: number, lanes: number, lane: number): [number, number][] {
  return Array.from({ length: n }, (_, k) => {
    let [real, imaginary] = [0, 0];
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      const [x, y] = [re[j * lanes + lane] ?? Number.NaN, im[j * lanes + lane] ?? Number.NaN];
      real += x * Math.cos(angle) - y * Math.sin(angle);
      imaginary += x * Math.sin(angle) + y * Math.cos(angle);
    }
    return [real, imaginary];
  });
}

describe("the Fourier transform of lines", () => {
  const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 25, 30, 49, 61, 64, 67, 97, 134, 181, 256];

  it.each(lengths)("is the sum of its definition for %i elements, and its inverse gives them back", (n) => {
    for (const lanes of [1, 3]) {
      const [lines, spare] = [complexZeros(n * lanes), complexZeros(n * lanes)];
      for (let at = 0; at < n * lanes; at++) [lines.re[at], lines.im[at]] = [Math.sin(at * at + 1), Math.cos(3 * at)];
      const before = { re: lines.re.slice(), im: lines.im.slice() };
      const transform = lineTransform(n, lanes);
      transform(lines, spare);
      for (let lane = 0; lane < lanes; lane++) {
        const wanted = direct(before, n, lanes, lane);
        const furthest = wanted.map(([re, im], k) =>
          Math.hypot(re - (lines.re[k * lanes + lane] ?? 9), im - (lines.im[k * lanes + lane] ?? 9)),
        );
        expect(Math.max(...furthest)).toBeLessThan(1e-11);
      }
      transform(exchanged(lines), exchanged(spare));
      const back = Array.from(lines.re, (value, at) => Math.abs(value / n - (before.re[at] ?? 9)));
      expect(Math.max(...back)).toBeLessThan(1e-13);
    }
  });
});

describe("randGibbsNoise", () => {
  it("keeps what lies within the sphere around the middle of k-space", () => {
    const half = [2.75, 2.25, 4.25, 4.75, 2, 1.75, 2.5, 2.75, 1.5, 3, 3.5, 2];
    expect(valuesOf(gibbsNoised(small, 0.5))).toEqual(near(half));
    const column = [25 / 12, 7 / 3, 41 / 12, 19 / 6];
    expect(valuesOf(gibbsNoised(small, 0.7))).toEqual(near([...column, ...column, ...column]));
  });

  it("keeps all of a 2D image for 0, and with 1 the mean where the number of frequencies is odd, else nothing", () => {
    expect(valuesOf(gibbsNoised(small, 0))).toEqual(near(valuesOf(small)));
    expect(valuesOf(gibbsNoised(small, 1))).toEqual(near(valuesOf(small).map(() => 0)));
    const odd = ramp([1, 3, 3, 3]);
    expect(valuesOf(gibbsNoised(odd, 1))).toEqual(near(valuesOf(odd).map(() => 13)));
  });

  it("does not depend on the order of samples in memory, nor a channel on the others, and writes to no input", () => {
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

  it("leaves NaN and infinity as they are, and the rest finite", () => {
    const odd = image([1, Number.NaN, 3, Number.POSITIVE_INFINITY, 5, 6], [1, 3, 2]);
    const values = valuesOf(gibbsNoised(odd, 0.4));
    expect([values[1], values[3]]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(values.filter(Number.isFinite)).toHaveLength(4);
  });

  it("draws alpha evenly from its range, or from 0 to one number", async () => {
    const drawn = await drawnBy(randGibbsNoise({ prob: 0.3, alpha: [0.2, 0.6] }));
    expectChance(drawn.length, 10_000, 0.3);
    expectUniform(numbersAt(drawn, "alpha"), 0.2, 0.6);
    expectUniform(numbersAt(await drawnBy(randGibbsNoise({ prob: 1, alpha: 0.5 })), "alpha"), 0, 0.5);
    expectRefused([() => randGibbsNoise({ alpha: [0, 2] }), () => randGibbsNoise({ alpha: [0.5, 0.2] })]);
  });
});

describe("randKSpaceSpikeNoise", () => {
  it("replaces the magnitude of one frequency and keeps its phase", () => {
    const wanted = [
      0.5561185, 1.149203, 4.4438815, 7.850797, 0.9587526, 3.0409858, 0.0412474, 4.9590142, 1.4851289, 2.8098112,
      6.5148711, -0.8098112,
    ];
    expect(valuesOf(spiked(small, () => ({ location: [3, 0], logIntensity: 3 })))).toEqual(near(wanted));
  });

  it("takes its default range from the mean of the logarithm over k-space", async () => {
    expect(meanLogMagnitude(small, 0)).toBeCloseTo(2.04567142714104, 12);
    const drawn = await applied(small, randKSpaceSpikeNoise({ prob: 1 }));
    const added = valuesOf(drawn).map((value, n) => value - (valuesOf(small)[n] ?? 0));
    const largest = Math.max(...added.map(Math.abs));
    const bounds = [0.95, 1.1].map((share) => Math.exp(share * 2.5 * 2.04567142714104) / 12);
    expect(largest).toBeLessThan((bounds[1] ?? 0) + 4); // a wave of that height, less at most the one there was
    expect(largest).toBeGreaterThan(((bounds[0] ?? 0) - 4) / 2);
  });

  it("draws a place and a level for each channel, evenly; one place for all if told", async () => {
    const shape = [2, 1, 1, 1];
    const drawn = await drawnBy(randKSpaceSpikeNoise({ prob: 0.5, intensityRange: [1, 2] }), { shape });
    expectChance(drawn.length, 10_000, 0.5);
    for (const channel of [0, 1]) {
      for (const axis of [0, 1, 2]) expectUniform(numbersAt(drawn, "spikes", channel, "place", axis), 0, 1);
      expectUniform(numbersAt(drawn, "spikes", channel, "level"), 0, 1);
    }
    expect(numbersAt(drawn, "spikes", 0, "place", 0)).not.toEqual(numbersAt(drawn, "spikes", 1, "place", 0));
    const together = await drawnBy(randKSpaceSpikeNoise({ prob: 1, channelWise: false }), { shape, count: 20 });
    expect(numbersAt(together, "spikes", 0, "place", 2)).toEqual(numbersAt(together, "spikes", 1, "place", 2));
    expect(numbersAt(together, "spikes", 0, "level")).not.toEqual(numbersAt(together, "spikes", 1, "level"));
  });

  it("gives fields of other sizes the same draw, and every channel its own range", async () => {
    const items = [{ a: ramp([2, 8, 8]), b: ramp([2, 8, 8]), c: ramp([2, 4, 6, 2]) }];
    const ranges = [[2, 3] as const, [4, 5] as const];
    const operator = randKSpaceSpikeNoise({ keys: ["a", "b", "c"], prob: 1, intensityRange: ranges });
    const [item] = await Dataset.from(items).pipe(operator).toArray();
    expect(item && valuesOf(item.a)).toEqual(item && valuesOf(item.b));
    expect(item && valuesOf(item.c).every(Number.isFinite)).toBe(true);
    const wrong = applied(ramp([3, 2, 2]), randKSpaceSpikeNoise({ prob: 1, intensityRange: ranges }));
    await expect(wrong).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  it("leaves NaN as it is, and copes with images that are constant or have no voxel", async () => {
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

  it("refuses options that cannot be meant when it is composed", () => {
    const ranges = [[2, 3] as const, [4, 5] as const];
    expectRefused([
      () => randKSpaceSpikeNoise({ intensityRange: [2, 1] }),
      () => randKSpaceSpikeNoise({ intensityRange: ranges, channelWise: false }),
      () => randKSpaceSpikeNoise({ intensityRange: [] }),
    ]);
  });
});
