import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AreaAxis, areaWindows, poolArea } from "../../src/kernels/area.ts";
import { poolAreaRows } from "../../src/kernels/area-rows.ts";
import { resampleRows } from "../../src/kernels/resample-rows.ts";
import { type Axes, type LinearAxis, type NearestAxis, resampleNearest } from "../../src/kernels/resample-separable.ts";
import { compiledRowLoops, plainRowLoops } from "../../src/kernels/rows.ts";
import { linearTaps, nearestTaps } from "../../src/kernels/sampling.ts";
import type { ReadonlySamples, TypedArray } from "../../src/samples.ts";

type Three<T> = readonly [T, T, T];

const kinds = [Float32Array, Int16Array, Uint16Array, Uint8Array, Int8Array];

function arrayOf(kind: number, length: number): TypedArray {
  return new (kinds[kind] ?? Float32Array)(length);
}

const three = <T>(one: fc.Arbitrary<T>) => fc.tuple(one, one, one);
const size = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.constantFrom(9, 17, 20));

/** An image in memory in any order of axes, some reversed, perhaps with gaps, and its copy, x fastest. */
const anyView = fc
  .record({
    kind: fc.integer({ min: 0, max: kinds.length - 1 }),
    sizes: three(size),
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    reversed: three(fc.boolean()),
    gap: fc.constantFrom(1, 1, 1, 2),
    outputs: three(size),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ kind, sizes, order, reversed, gap, outputs, seed }) => {
    const strides = [0, 0, 0];
    let [step, offset] = [gap, 3];
    for (const axis of order) {
      const n = sizes[axis] ?? 1;
      strides[axis] = reversed[axis] ? -step : step;
      if (reversed[axis]) offset += (n - 1) * step;
      step *= n;
    }
    const samples = arrayOf(kind, step + 3);
    for (let i = 0; i < samples.length; i++) samples[i] = Math.sin(i * 12.9898 + seed) * 5000;
    return {
      kind,
      samples,
      offset,
      sizes,
      strides: [strides[0] ?? 0, strides[1] ?? 0, strides[2] ?? 0] as const,
      outputs,
    };
  });

interface Image {
  readonly samples: ReadonlySamples & TypedArray;
  readonly offset: number;
  readonly sizes: Three<number>;
  readonly strides: Three<number>;
}

function copyOf({ samples, offset, sizes, strides }: Image): Image {
  const copy = samples.slice(0, sizes[0] * sizes[1] * sizes[2]);
  let at = 0;
  for (let z = 0; z < sizes[2]; z++) {
    for (let y = 0; y < sizes[1]; y++) {
      for (let x = 0; x < sizes[0]; x++) {
        copy[at++] = samples[offset + x * strides[0] + y * strides[1] + z * strides[2]] ?? 0;
      }
    }
  }
  return { samples: copy, offset: 0, sizes, strides: [1, sizes[0], sizes[0] * sizes[1]] };
}

function axesOf<T>(make: (axis: 0 | 1 | 2) => T): Axes<T> {
  return [make(0), make(1), make(2)];
}

/** Bytes to compare: numbers would not tell 0 from -0. */
function bytesOf(array: TypedArray): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex");
}

const loopsOfBoth = [compiledRowLoops(), plainRowLoops()];

describe("a view in any order of memory gives the bytes of its copy", () => {
  test("resampled linearly, compiled and plain", () => {
    const scales = three(fc.constantFrom(1, 0.5, 1.6, -1, -0.7));
    const padding = fc.constantFrom("border", "zeros", "reflection", "extent");
    fc.assert(
      fc.property(anyView, scales, padding, (view, scale, outside) => {
        const resampled = (image: Image, loops: Parameters<typeof resampleRows>[5]) => {
          const axes = axesOf((axis): LinearAxis => {
            const [from, to] = [image.sizes[axis], view.outputs[axis]];
            const map = { from, to, scale: scale[axis], shift: scale[axis] < 0 ? from : 0.25 };
            return { size: from, stride: image.strides[axis], taps: linearTaps(map, outside, false) };
          });
          const target = new Float32Array(view.outputs[0] * view.outputs[1] * view.outputs[2]);
          resampleRows(image.samples, image.offset, axes, target, 0, loops);
          return bytesOf(target);
        };
        const expected = resampled(copyOf(view), plainRowLoops());
        for (const loops of loopsOfBoth) expect(resampled(view, loops)).toBe(expected);
      }),
      { numRuns: 80 },
    );
  });

  test("averaged over boxes, compiled and plain, by rows or not", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        const length = view.outputs[0] * view.outputs[1] * view.outputs[2];
        const axesFor = (image: Image) =>
          axesOf((axis): AreaAxis => {
            const [from, to] = [image.sizes[axis], view.outputs[axis]];
            return { size: from, stride: image.strides[axis], windows: areaWindows(from, to, 0, to) };
          });
        const copy = copyOf(view);
        const expected = new Float32Array(length);
        poolArea(copy.samples, copy.offset, axesFor(copy), expected, 0);
        const strided = new Float32Array(length);
        poolArea(view.samples, view.offset, axesFor(view), strided, 0);
        expect(bytesOf(strided)).toBe(bytesOf(expected));
        for (const loops of loopsOfBoth) {
          const target = new Float32Array(length);
          expect(poolAreaRows(view.samples, view.offset, axesFor(view), target, 0, loops)).toBe(true);
          expect(bytesOf(target)).toBe(bytesOf(expected));
        }
      }),
      { numRuns: 80 },
    );
  });

  test("with the nearest voxel, and what is outside stays as it was", () => {
    const shifts = three(fc.constantFrom(0, -2, 1.4));
    const scales = three(fc.constantFrom(1, 0.4, 1.6));
    fc.assert(
      fc.property(anyView, shifts, scales, fc.boolean(), (view, shift, scale, isSameType) => {
        const resampled = (image: Image) => {
          const axes = axesOf((axis): NearestAxis => {
            const [from, to] = [image.sizes[axis], view.outputs[axis]];
            const map = { from, to, scale: scale[axis], shift: shift[axis] };
            return { stride: image.strides[axis], indices: nearestTaps(map, "zeros", false) };
          });
          const length = view.outputs[0] * view.outputs[1] * view.outputs[2];
          const filled: TypedArray = isSameType ? arrayOf(view.kind, length) : new Float64Array(length);
          filled.fill(77);
          resampleNearest(image.samples, image.offset, axes, filled, 0);
          return { filled, axes };
        };
        const { filled, axes } = resampled(view);
        expect(bytesOf(filled)).toBe(bytesOf(resampled(copyOf(view)).filled));
        const expected = eachVoxel(view, axes).map((value) => value ?? 77);
        expect(String(filled)).toBe(String(expected));
      }),
      { numRuns: 80 },
    );
  });
});

/** The value of each output voxel, one by one; undefined outside. */
function eachVoxel({ samples, offset }: Image, [fast, middle, slow]: Axes<NearestAxis>): (number | undefined)[] {
  return Array.from(slow.indices).flatMap((k) =>
    Array.from(middle.indices).flatMap((j) =>
      Array.from(fast.indices, (i) =>
        i < 0 || j < 0 || k < 0 ? undefined : samples[offset + i * fast.stride + j * middle.stride + k * slow.stride],
      ),
    ),
  );
}
