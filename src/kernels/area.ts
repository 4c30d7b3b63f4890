/** Averages over boxes of voxels, to make an image smaller without skipping a voxel. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import type { Axes } from "./resample-separable.ts";

/** For each output voxel, the input voxels to average: from `first` up to, but not including, `end`. */
export interface Windows {
  readonly first: Int32Array;
  readonly end: Int32Array;
}

/** One axis for {@link poolArea}. */
export interface AreaAxis {
  /** Size of the input along this axis, and the distance between neighbors in samples. */
  readonly size: number;
  readonly stride: number;
  readonly windows: Windows;
}

/**
 * The input voxels that are touched by the output voxels `start` up to `start + length` (of `to` in all), where the
 * output covers the input's `from` voxels (torch: `adaptive_avg_pool3d`, which is its `interpolate(mode="area")`).
 */
export function areaWindows(from: number, to: number, start: number, length: number): Windows {
  return {
    first: Int32Array.from({ length }, (_, j) => Math.floor(((start + j) * from) / to)),
    end: Int32Array.from({ length }, (_, j) => Math.ceil(((start + j + 1) * from) / to)),
  };
}

// If the slow axis is the contiguous one in memory, this many output slices are summed at a time, or every cache line
// would be fetched for each of them. They are stored a little further apart than their size: it could be a power of
// two, and then they would compete for the same few places of the cache.
const slicesAtOnce = 16;
const maxSums = 2 ** 22;
const gap = 8;

/**
 * The mean of a box of voxels for each output voxel, summed in double: along the slow axis first, the fast axis last.
 * The output is written without gaps from `start`, in the order of `axes`. If the order of axes does not depend on
 * memory, a view and its copy yield the same bytes.
 *
 * @param offset index of the first voxel in `source`
 */
export function poolArea(
  source: ReadonlySamples & TypedArray,
  offset: number,
  axes: Axes<AreaAxis>,
  target: Float32Array,
  start: number,
): void {
  const [fast, middle, slow] = axes;
  const pitch = fast.size * middle.size + gap;
  const isSlowTogether = Math.abs(slow.stride) < Math.min(Math.abs(fast.stride), Math.abs(middle.stride));
  const group = isSlowTogether ? Math.max(1, Math.min(slicesAtOnce, Math.floor(maxSums / pitch))) : 1;
  const sums = new Float64Array(pitch * group);
  const row = new Float64Array(fast.size);
  const slices = slow.windows.first.length;
  let at = start;
  for (let k = 0; k < slices; k += group) {
    const last = Math.min(k + group, slices);
    sums.fill(0);
    if (isSlowTogether) sumDeep(source, offset, axes, k, last, pitch, sums);
    else sumSlices(source, offset, axes, k, sums);
    for (let slice = k; slice < last; slice++) {
      const depth = slow.windows.end[slice]! - slow.windows.first[slice]!;
      for (let j = 0; j < middle.windows.first.length; j++) {
        const [y, end] = [middle.windows.first[j]!, middle.windows.end[j]!];
        addRows(sums, (slice - k) * pitch, y, end, row);
        meansOf(row, fast.windows, depth * (end - y), target, at);
        at += fast.windows.first.length;
      }
    }
  }
}

/**
 * The two axes other than the slow one, with the distance between neighbors in the input and in the sums. The axis with
 * the smaller distance in the input comes first.
 */
function inMemoryOrder([fast, middle]: Axes<AreaAxis>) {
  const along = { size: fast.size, stride: fast.stride, step: 1 };
  const across = { size: middle.size, stride: middle.stride, step: fast.size };
  return Math.abs(fast.stride) <= Math.abs(middle.stride) ? ([along, across] as const) : ([across, along] as const);
}

/** Adds up the slices of the k-th output slice, one after the other. */
function sumSlices(
  source: ReadonlySamples & TypedArray,
  offset: number,
  axes: Axes<AreaAxis>,
  k: number,
  sums: Float64Array,
): void {
  const { stride, windows } = axes[2];
  const [inner, outer] = inMemoryOrder(axes);
  const line = new Float64Array(inner.size);
  for (let z = windows.first[k]!; z < windows.end[k]!; z++) {
    for (let n = 0; n < outer.size; n++) {
      readLine(source, offset + z * stride + n * outer.stride, inner.stride, line);
      for (let i = 0, at = n * outer.step; i < line.length; i++, at += inner.step) sums[at]! += line[i]!;
    }
  }
}

/** Adds up the slices of the output slices from `k` to `last`, one voxel after the other. */
function sumDeep(
  source: ReadonlySamples & TypedArray,
  offset: number,
  axes: Axes<AreaAxis>,
  k: number,
  last: number,
  pitch: number,
  sums: Float64Array,
): void {
  const { stride, windows } = axes[2];
  const { first, end } = windows;
  const [inner, outer] = inMemoryOrder(axes);
  const z = first[k]!;
  const line = new Float64Array(end[last - 1]! - z);
  for (let n = 0; n < outer.size; n++) {
    for (let i = 0; i < inner.size; i++) {
      readLine(source, offset + z * stride + n * outer.stride + i * inner.stride, stride, line);
      for (let slice = k, at = n * outer.step + i * inner.step; slice < last; slice++, at += pitch) {
        let sum = 0;
        for (let deep = first[slice]!; deep < end[slice]!; deep++) sum += line[deep - z]!;
        sums[at] = sum;
      }
    }
  }
}

// For shorter lines, a loop is faster than a view of the samples.
const shortLine = 64;

// Only this function reads samples, so that the other loops see a single type of array.
function readLine(source: ReadonlySamples & TypedArray, from: number, stride: number, line: Float64Array): void {
  if (stride === 1 && line.length > shortLine) {
    line.set(source.subarray(from, from + line.length));
    return;
  }
  for (let i = 0, at = from; i < line.length; i++, at += stride) line[i] = source[at]!;
}

function addRows(sums: Float64Array, from: number, first: number, end: number, row: Float64Array): void {
  row.fill(0);
  for (let y = first; y < end; y++) {
    for (let i = 0, at = from + y * row.length; i < row.length; i++, at++) row[i]! += sums[at]!;
  }
}

/** Writes the means of a row, each value of which is a sum of `depth` voxels. */
function meansOf(row: Float64Array, { first, end }: Windows, depth: number, target: Float32Array, start: number): void {
  for (let i = 0; i < first.length; i++) {
    let sum = 0;
    for (let x = first[i]!; x < end[i]!; x++) sum += row[x]!;
    target[start + i] = sum / (depth * (end[i]! - first[i]!));
  }
}
