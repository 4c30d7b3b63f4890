import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Axes, addPatch, emptyMeans } from "../../src/kernels/accumulate.ts";
import { compiledRowLoops, plainRowLoops, type RowLoops } from "../../src/kernels/rows.ts";

const size = fc.integer({ min: 1, max: 7 });

/** Patches in the order of their starts along the slowest axis, inside an image that may be much wider than they are. */
const anyPatches = fc
  .record({
    patch: fc.tuple(size, size, size),
    more: fc.tuple(size, size, fc.integer({ min: 0, max: 40 })),
    channels: fc.integer({ min: 1, max: 3 }),
    starts: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 }),
    values: fc.array(fc.oneof(fc.double({ noDefaultInfinity: true }), fc.constantFrom(Infinity, Number.NaN, 0, -0))),
  })
  .map(({ patch, more, channels, starts, values }) => {
    const shape: Axes = [patch[0] + more[0], patch[1] + more[1], patch[2] + more[2]];
    const inside = starts.map(([x, y, z]): Axes => [x % (more[0] + 1), y % (more[1] + 1), z % (more[2] + 1)]);
    return { shape, patch, channels, values, starts: inside.sort((a, b) => a[0] - b[0]) };
  });

type Case = typeof anyPatches extends fc.Arbitrary<infer T> ? T : never;

const weightsAlong = (n: number) => Float64Array.from({ length: n }, (_, i) => 1 / (1 + Math.abs(i - n / 3)));
const least = 0.05;

/** The means after all patches; sample i of patch n is `sampleOf(n, i)`. */
function meansOf({ shape, patch, channels, starts }: Case, sampleOf: (n: number, i: number) => number, by: RowLoops) {
  const means = emptyMeans(channels, shape, 0, patch[0]);
  const along = [weightsAlong(patch[0]), weightsAlong(patch[1]), weightsAlong(patch[2])] as const;
  const size = patch[0] * patch[1] * patch[2];
  for (const [n, start] of starts.entries()) {
    // Stored backwards: strides of any sign work.
    const samples = Float32Array.from({ length: channels * size }, (_, i) => sampleOf(n, i)).reverse();
    const strides: Axes = [-patch[1] * patch[2], -patch[2], -1];
    const placed = {
      samples,
      offset: samples.length - 1,
      channels,
      channelStride: -size,
      shape: patch,
      strides,
      start,
    };
    addPatch(means, placed, along, least, () => by);
  }
  return means.values;
}

/** Weighted sums and one division, in double, with a tolerance of the values that were added up. */
function expectedOf({ shape, patch, channels, starts }: Case, sampleOf: (n: number, i: number) => number) {
  const area = shape[0] * shape[1] * shape[2];
  const [sums, weights] = [new Float64Array(channels * area), new Float64Array(channels * area)];
  for (const [n, start] of starts.entries()) {
    let i = 0;
    for (let c = 0; c < channels; c++)
      for (let x = 0; x < patch[0]; x++)
        for (let y = 0; y < patch[1]; y++)
          for (let z = 0; z < patch[2]; z++) {
            const factors = [weightsAlong(patch[0])[x], weightsAlong(patch[1])[y], weightsAlong(patch[2])[z]];
            const weight = Math.max(
              factors.reduce<number>((product, factor) => product * (factor ?? 0), 1),
              least,
            );
            const at = c * area + (start[0] + x) * shape[1] * shape[2] + (start[1] + y) * shape[2] + start[2] + z;
            sums[at] = (sums[at] ?? 0) + weight * sampleOf(n, i++);
            weights[at] = (weights[at] ?? 0) + weight;
          }
  }
  return sums.map((sum, at) => ((weights[at] ?? 0) > 0 ? sum / (weights[at] ?? 1) : 0));
}

describe("means of patches", () => {
  test("have the same bytes compiled and plain", () => {
    const compiled = compiledRowLoops();
    if (!compiled) throw new Error("this machine has no WebAssembly with SIMD");
    fc.assert(
      fc.property(anyPatches, (each) => {
        const sampleOf = (n: number, i: number) => each.values[(n + i) % each.values.length] ?? i;
        const [fast, plain] = [meansOf(each, sampleOf, compiled), meansOf(each, sampleOf, plainRowLoops())];
        expect(fast).toEqual(plain);
      }),
    );
  });

  test("are weighted means", () => {
    fc.assert(
      fc.property(anyPatches, (each) => {
        const sampleOf = (n: number, i: number) => Math.sin(12.9898 * (i + 31 * n));
        const [means, expected] = [meansOf(each, sampleOf, plainRowLoops()), expectedOf(each, sampleOf)];
        for (const [at, mean] of means.entries()) expect(Math.abs(mean - (expected[at] ?? 0))).toBeLessThan(2e-6);
      }),
    );
  });

  test("are exactly the values of patches that agree, also infinite ones", () => {
    for (const value of [0.1, -3e38, Infinity]) {
      fc.assert(
        fc.property(anyPatches, (each) => {
          const means = meansOf(each, () => value, plainRowLoops());
          expect(new Set([...means, 0])).toEqual(new Set([Math.fround(value), 0]));
        }),
        { numRuns: 30 },
      );
    }
  });
});
