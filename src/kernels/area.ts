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

/**
 * The mean of a box of voxels for each output voxel, summed in double: along the slow axis first, the fast axis last.
 * The output is written without gaps from `start`, in the order of `axes`. If the order of axes does not depend on
 * memory, a view and its copy yield the same bytes. For samples of any type; `poolAreaRows` is faster for most.
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
  const sums = new Float64Array(fast.size * middle.size);
  const row = new Float64Array(fast.size);
  let at = start;
  for (let k = 0; k < slow.windows.first.length; k++) {
    sums.fill(0);
    sumSlices(source, offset, axes, k, sums);
    const depth = slow.windows.end[k]! - slow.windows.first[k]!;
    for (let j = 0; j < middle.windows.first.length; j++) {
      const [y, end] = [middle.windows.first[j]!, middle.windows.end[j]!];
      addRows(sums, y, end, row);
      meansOf(row, fast.windows, depth * (end - y), target, at);
      at += fast.windows.first.length;
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

function addRows(sums: Float64Array, first: number, end: number, row: Float64Array): void {
  row.fill(0);
  for (let y = first; y < end; y++) {
    for (let i = 0, at = y * row.length; i < row.length; i++, at++) row[i]! += sums[at]!;
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
