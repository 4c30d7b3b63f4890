/** The loops over values give what a look at every value gives, for every layout and element type. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dtype, Volume } from "voxrx";
import { applyBiasField } from "../../src/kernels/bias-field.ts";
import { readLine } from "../../src/kernels/blocks.ts";
import { argmaxOf, softmaxOf } from "../../src/kernels/channels.ts";
import { histogramOf } from "../../src/kernels/histogram.ts";
import { percentilesOf } from "../../src/kernels/percentile.ts";
import { changeLabels } from "../../src/kernels/relabel.ts";
import { type LineEnds, weighAlong } from "../../src/kernels/savitzky-golay.ts";
import { changeRows, eachBlockOf, mapBlocks } from "../../src/kernels/strided.ts";
import { allocate } from "../../src/samples.ts";
import { volumeExtent, volumeMoments } from "../../src/volume/intensity-volume.ts";
import { runsOf } from "../support/long.ts";
import { anyVolume, ramp, valuesOf } from "../support/volumes.ts";

/** Volumes of floats with what is hard about them: NaN, infinities, both zeros, the smallest and the largest, many alike. */
const hardVolume = fc
  .record({
    values: fc.array(fc.oneof(fc.float(), fc.constantFrom(0, -0, 1, Number.NaN, 1e-45, -3.4e38)), {
      minLength: 1,
      maxLength: 200,
    }),
    double: fc.boolean(),
    flipped: fc.boolean(),
  })
  .map(({ values, double, flipped }) => {
    const data = double ? Float64Array.from(values) : Float32Array.from(values);
    const volume = new Volume({ data, shape: [1, values.length, 1, 1], layout: "x-fastest" });
    return flipped ? volume.flip([0]) : volume;
  });

/** Larger than a block, and read against the grain. */
const large = ramp([2, 70, 40, 3], "int16").crop([3, 0, 0], [64, 40, 3]).flip([0, 1]);

/** Floats in long lines that do not follow one another in memory. */
const longLines = ramp([2, 100, 4, 3], "float32", -900).crop([10, 0, 0], [90, 3, 3]).flip([0]);

describe("values a block at a time", () => {
  test("are all values, once, of one channel or of all", () => {
    fc.assert(
      fc.property(fc.oneof(anyVolume, fc.constant(large)), fc.boolean(), (volume, one) => {
        const seen: number[] = [];
        eachBlockOf(volume, one ? 0 : undefined, (values) => seen.push(...values));
        const expected = one ? valuesOf(volume).slice(0, volume.size / volume.channels) : valuesOf(volume);
        expect(seen.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
      }),
    );
  });

  test("are written back where they came from", () => {
    fc.assert(
      fc.property(fc.oneof(anyVolume, fc.constant(large)), (volume) => {
        const negate = (values: Float64Array) => values.set(values.map((value) => 1 - value));
        const expected = valuesOf(volume).map((value) => Math.fround(1 - value));
        expect(valuesOf(volume.withSamples(mapBlocks(volume, negate)))).toEqual(expected);
        expect(Array.from(changeRows(volume, negate))).toEqual(expected);
      }),
    );
  });

  test("are read in either direction, and with steps between them", () => {
    const source = Int16Array.from({ length: 100 }, (_, i) => i);
    for (const [from, step, count] of [
      [0, 1, 40],
      [99, -1, 40],
      [5, 3, 30],
      [50, -2, 20],
      [7, 1, 3],
      [7, -1, 3],
    ] as const) {
      const values = new Float64Array(count + 2).fill(-9);
      readLine(source, from, step, values, 1, count);
      expect(Array.from(values)).toEqual([-9, ...Array.from({ length: count }, (_, i) => from + i * step), -9]);
    }
  });
});

describe("facts of values", () => {
  test("percentiles are those of the sorted values, without NaN", () => {
    const percents = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(hardVolume, anyVolume, fc.constantFrom(large, longLines)), percents, (volume, asked) => {
        const sorted = valuesOf(volume)
          .filter((value) => !Number.isNaN(value))
          .sort((a, b) => a - b);
        const found = percentilesOf(volume, asked);
        for (const [n, percent] of asked.entries()) {
          const rank = (percent / 100) * (sorted.length - 1);
          const [low, high] = [sorted[Math.floor(rank)] ?? Number.NaN, sorted[Math.ceil(rank)] ?? Number.NaN];
          const expected = low === high ? low : low + (high - low) * (rank - Math.floor(rank));
          expect((found[n] ?? 0) + 0).toEqual(expected + 0);
        }
      }),
      { numRuns: runsOf(300) },
    );
  });

  test("extent and moments leave NaN out, and zeros if told", () => {
    fc.assert(
      fc.property(fc.oneof(hardVolume, anyVolume), fc.boolean(), (volume, nonzero) => {
        const numbers = valuesOf(volume).filter((value) => !Number.isNaN(value));
        const { min, max } = volumeExtent(volume);
        expect([min + 0, max + 0]).toEqual([Math.min(...numbers) + 0, Math.max(...numbers) + 0]);
        const counted = numbers.filter((value) => !nonzero || value !== 0);
        fc.pre(counted.every((value) => Math.abs(value) < 1e30));
        const mean = counted.reduce((sum, value) => sum + value, 0) / (counted.length || 1);
        const squares = counted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (counted.length || 1);
        const found = volumeMoments(volume, nonzero);
        expect(found.count).toBe(counted.length);
        const scale = Math.max(1, ...counted.map(Math.abs));
        expect(Math.abs(found.mean - mean) / scale).toBeLessThan(1e-12);
        expect(Math.abs(found.deviation - Math.sqrt(squares)) / scale).toBeLessThan(1e-7);
      }),
      { numRuns: runsOf(300) },
    );
  });

  test("a histogram counts each finite value once, where a mask lets it", () => {
    const data = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, Number.NaN, Number.POSITIVE_INFINITY);
    const image = new Volume({ data, shape: [1, 12, 1, 1], layout: "x-fastest" });
    expect(Array.from(histogramOf(image, 5)?.counts ?? [])).toEqual([2, 2, 2, 2, 2]);
    const mask = new Volume({
      data: Uint8Array.from(data, (value) => (value < 5 ? 1 : 0)),
      shape: [1, 12, 1, 1],
      layout: "x-fastest",
    });
    expect(Array.from(histogramOf(image.flip([0]), 4, 0, mask.flip([0]))?.counts ?? [])).toEqual([1, 1, 1, 2]);
    expect(
      histogramOf(new Volume({ data: Float32Array.of(Number.NaN), shape: [1, 1, 1, 1], layout: "x-fastest" }), 4),
    ).toBeUndefined();
  });
});

describe("weighing along an axis", () => {
  test("is the sum of the neighbours, for windows longer than the image too", () => {
    const axes = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
    );
    const window = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 0, maxLength: 4 });
    fc.assert(
      fc.property(
        axes,
        fc.nat(2),
        window,
        fc.constantFrom<LineEnds[]>("zeros", "replicate"),
        (size, axis, half, ends) => {
          const shape = [2, ...size];
          const source = Float32Array.from({ length: 2 * size[0] * size[1] * size[2] }, (_, i) => ((i * 7) % 11) - 5);
          const weights = Float64Array.from([...half, 1, ...half.toReversed()]);
          const [n = 1, step] = [shape[axis + 1], shape.slice(1, axis + 1).reduce((product, m) => product * m, 1)];
          const expected = source.map((_, at) => {
            const i = Math.floor(at / step) % n;
            return weights.reduce((sum, weight, k) => {
              const j = i + k - half.length;
              const place = ends === "replicate" ? Math.min(Math.max(j, 0), n - 1) : j;
              return place < 0 || place >= n ? sum : sum + (source[at + (place - i) * step] ?? Number.NaN) * weight;
            }, 0);
          });
          expect(Array.from(weighAlong(source, shape, axis, weights, ends), (x) => x + 0)).toEqual(
            Array.from(expected, (x) => x + 0),
          );
        },
      ),
      { numRuns: runsOf(300) },
    );
  });
});

describe("images beyond the memory of the loops", () => {
  test("have as many channels as they like for softmax and argmax", () => {
    const channels = 7000;
    const samples = Float32Array.from({ length: 2 * channels }, (_, i) => Math.sin(i) * 5);
    const shares = softmaxOf(samples, channels, 2);
    const powers = samples.map((value) => Math.exp(value));
    for (const voxel of [0, 1]) {
      const own = powers.filter((_, i) => i % 2 === voxel);
      const sum = own.reduce((total, power) => total + power, 0);
      for (const n of [0, 1, 3500, 6999]) expect(shares[2 * n + voxel]).toBeCloseTo((own[n] ?? 0) / sum, 6);
      expect(argmaxOf(samples, channels, 2)[voxel]).toBe(own.indexOf(Math.max(...own)));
    }
  });

  test("have as long rows as they like for a bias field", () => {
    const length = 60_001;
    const image = ramp([1, length, 2, 1], "float32", 1);
    // The terms of degree 1 are those of 1, z, y and x.
    const biased = applyBiasField(image, 1, [0.1, 0, 0, 0.5]);
    for (const [at, x] of [
      [0, -1],
      [30_000, 0],
      [60_000, 1],
    ] as const) {
      for (const y of [0, 1]) {
        const expected = (at + y * length + 1) * Math.exp(0.1 + 0.5 * x);
        expect((biased[at + y * length] ?? 0) / expected).toBeCloseTo(1, 6);
      }
    }
  });
});

describe("labels", () => {
  test("of any type and length become what a look at each gives, by a table or not", () => {
    const dtype = fc.constantFrom<Dtype[]>("uint8", "int8", "uint16", "int16", "int32", "float32", "float64");
    const length = fc.constantFrom(3, 255, 256, 5000, 2 ** 16 + 7);
    const pairs = fc.array(fc.tuple(fc.integer({ min: -40_000, max: 70_000 }), fc.integer({ min: 0, max: 250 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(dtype, dtype, length, pairs, fc.boolean(), (from, to, size, changes, isHalf) => {
        const [source, target] = [allocate(from, size), allocate(to, size)];
        for (let i = 0; i < size; i++) source[i] = (i * 7919) % 70_000;
        const targets = new Map(changes.map(([label, other]) => [label, isHalf ? other + 0.5 : other]));
        const change = (label: number) => targets.get(label) ?? label;
        const expected = allocate(to, size);
        for (let i = 0; i < size; i++) expected[i] = change(source[i] ?? 0);
        changeLabels(source, change, target);
        expect(Buffer.from(target.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
      }),
      { numRuns: runsOf(150) },
    );
  });
});
