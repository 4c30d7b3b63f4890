import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { moduleText, wasmModules } from "../../scripts/build-wasm.ts";
import { medianByBoxes } from "../../src/kernels/median.ts";
import { medianOfThree } from "../../src/kernels/median-rows.ts";
import { resampleRows } from "../../src/kernels/resample-rows.ts";
import { type Axes, type LinearAxis, resampleLinear } from "../../src/kernels/resample-separable.ts";
import { compiledRowLoops, plainRowLoops } from "../../src/kernels/rows.ts";
import { linearTaps } from "../../src/kernels/sampling.ts";
import { weighAxes } from "../../src/kernels/weigh-axes.ts";
import { weighSlices } from "../../src/kernels/weigh-slices.ts";
import type { TypedArray } from "../../src/samples.ts";
import { runsOf } from "../support/long.ts";

/** Any three axes over samples without gaps, some reversed, in any order of memory. */
const anyCase = fc
  .record({
    kind: fc.constantFrom(Float32Array, Int16Array, Uint16Array, Uint8Array, Int8Array),
    sizes: fc.tuple(size(), size(), size()),
    outputs: fc.tuple(size(), size(), size()),
    scales: fc.tuple(scale(), scale(), scale()),
    shifts: fc.tuple(shift(), shift(), shift()),
    reversed: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    gap: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom("border", "zeros", "reflection"),
    seed: fc.integer(),
  })
  .map(({ kind, sizes, outputs, scales, shifts, reversed, gap, padding, seed }) => {
    const steps = [gap, gap * sizes[0], gap * sizes[0] * sizes[1]];
    const samples: TypedArray = new kind(gap * sizes[0] * sizes[1] * sizes[2]);
    for (let i = 0; i < samples.length; i++) samples[i] = Math.sin(i * 12.9898 + seed) * 5000;
    const offset = sizes.reduce((sum, n, axis) => sum + (reversed[axis] ? (n - 1) * (steps[axis] ?? 0) : 0), 0);
    const make = (axis: 0 | 1 | 2): LinearAxis => {
      const map = { from: sizes[axis], to: outputs[axis], scale: scales[axis], shift: shifts[axis] };
      const stride = (steps[axis] ?? 0) * (reversed[axis] ? -1 : 1);
      return { size: sizes[axis], stride, taps: linearTaps(map, padding, false) };
    };
    const axes: Axes<LinearAxis> = [make(0), make(1), make(2)];
    return { samples, offset, axes, length: outputs[0] * outputs[1] * outputs[2] };
  });

function size() {
  return fc.integer({ min: 1, max: 9 });
}
function scale() {
  return fc.constantFrom(1, 0.5, 1.6, -1, -0.7);
}
function shift() {
  return fc.constantFrom(0, 0.25, -1.5, 4);
}

describe("resampling row by row", () => {
  test("gives the same bytes compiled and plain", () => {
    const compiled = compiledRowLoops();
    expect(compiled, "WebAssembly with SIMD").toBeDefined();
    fc.assert(
      fc.property(anyCase, ({ samples, offset, axes, length }) => {
        const [fast, plain] = [new Float32Array(length), new Float32Array(length)];
        resampleRows(samples, offset, axes, fast, 0, compiled);
        resampleRows(samples, offset, axes, plain, 0, plainRowLoops());
        expect(new Uint32Array(fast.buffer)).toEqual(new Uint32Array(plain.buffer));
      }),
      { numRuns: runsOf(300) },
    );
  });

  test("agrees with linear interpolation in double", () => {
    fc.assert(
      fc.property(anyCase, ({ samples, offset, axes, length }) => {
        const [single, double] = [new Float32Array(length), new Float32Array(length)];
        resampleRows(samples, offset, axes, single, 0);
        resampleLinear(samples, offset, axes, double, 0);
        const furthest = single.reduce((most, value, i) => Math.max(most, Math.abs(value - (double[i] ?? 0))), 0);
        const largest = Math.max(1, ...Array.from(samples, Math.abs));
        expect(furthest).toBeLessThan(largest * 1e-6);
      }),
      { numRuns: runsOf(300) },
    );
  });

  test("keeps an infinite voxel to the places that it has weight in", () => {
    const samples = Float32Array.of(1, Number.POSITIVE_INFINITY, 3, 4);
    const taps = linearTaps({ from: 4, to: 4, scale: -1, shift: 3 }, "border", false);
    const still = { size: 1, stride: 0, taps: linearTaps({ from: 1, to: 1, scale: 1, shift: 0 }, "border", false) };
    const target = new Float32Array(4);
    resampleRows(samples, 0, [{ size: 4, stride: 1, taps }, still, still], target, 0);
    expect(Array.from(target)).toEqual([4, 3, Number.POSITIVE_INFINITY, 1]);
  });

  test("weighs neighbours slice by slice to the bytes of plain loops, compiled and not", () => {
    const length = fc.integer({ min: 1, max: 11 });
    const weights = fc.option(
      fc
        .integer({ min: 0, max: 3 })
        .map((tail) => Float64Array.from({ length: 2 * tail + 1 }, (_, n) => 1 / (n + 1.3))),
      { nil: undefined },
    );
    const image = fc.tuple(fc.integer({ min: 1, max: 2 }), length, length, length, weights, weights, weights);
    fc.assert(
      fc.property(image, ([channels, nx, ny, nz, ...each]) => {
        fc.pre(each.some((one) => one !== undefined));
        const source = Float32Array.from({ length: channels * nx * ny * nz }, (_, n) => Math.sin(n * 7.3) * 900);
        const plain = weighAxes(source, [channels, nx, ny, nz], each);
        for (const loops of [compiledRowLoops(), plainRowLoops()]) {
          const sliced = weighSlices(source, [nx, ny, nz], each, loops);
          expect(new Uint32Array(sliced?.buffer ?? new ArrayBuffer(0))).toEqual(new Uint32Array(plain.buffer));
        }
      }),
      { numRuns: runsOf(200) },
    );
  });

  test("finds medians of boxes of three a side as boxes one by one give them, compiled and not", () => {
    const length = fc.integer({ min: 1, max: 9 });
    const value = fc.oneof(
      fc.constantFrom(0, -0, 1, 5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      fc.float({ noNaN: true }),
    );
    const image = fc.tuple(
      fc.integer({ min: 1, max: 2 }),
      length,
      length,
      length,
      fc.boolean(),
      fc.array(value, { minLength: 1, maxLength: 60 }),
    );
    fc.assert(
      fc.property(image, ([channels, nx, ny, nz, isFlat, values]) => {
        const source = Float32Array.from(
          { length: channels * nx * ny * nz },
          (_, n) => values[(n * 31) % values.length] ?? 0,
        );
        const plain = medianByBoxes(source, [channels, nx, ny, nz], [1, 1, isFlat ? 0 : 1]).map((one) => one + 0);
        for (const loops of [compiledRowLoops(), plainRowLoops()]) {
          const found = medianOfThree(source, [nx, ny, nz], isFlat, loops)?.map((one) => one + 0);
          expect(found).toEqual(plain);
        }
      }),
      { numRuns: runsOf(400) },
    );
  });

  for (const module of wasmModules) {
    test(`runs what ${module.sources.join(" and ")} compiles to`, async () => {
      const kept = readFileSync(new URL(`../../src/kernels/${module.file}`, import.meta.url), "utf8");
      expect(await moduleText(module)).toBe(kept);
    });
  }
});
