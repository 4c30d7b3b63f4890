/**
 * Resampling where every output axis runs along one input axis: one axis after the other, in memory order, slice by
 * slice.
 */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { bothAsBits } from "./sample-bits.ts";
import type { LinearTaps } from "./sampling.ts";
import { throwIfStopped } from "./stop.ts";

/** One axis for {@link resampleLinear}. */
export interface LinearAxis {
  /** Size of the input along this axis, and the distance between neighbors in samples. */
  readonly size: number;
  readonly stride: number;
  readonly taps: LinearTaps;
}

/** The three axes, the one that is fastest in memory first. */
export type Axes<T> = readonly [fast: T, middle: T, slow: T];

/**
 * Linear interpolation along three axes in double, for samples with more digits than float32 has. The output is written
 * without gaps from `start`, in the order of `axes`. Two finished slices are kept at a time, so that the data stays in
 * the processor's cache. A voxel of weight 0 contributes nothing, even if it is NaN or infinite.
 *
 * @param offset index of the first voxel in `source`
 */
export function resampleLinear(
  source: ReadonlySamples & TypedArray,
  offset: number,
  axes: Axes<LinearAxis>,
  target: Float32Array,
  start: number,
): void {
  const slow = axes[2];
  const { first, second, firstWeight, secondWeight } = slow.taps;
  const area = axes[0].taps.first.length * axes[1].taps.first.length;
  const sliceAt = slicer(source, offset, axes);
  for (let k = 0; k < first.length; k++) {
    throwIfStopped();
    const [w0, w1] = [firstWeight[k]!, secondWeight[k]!];
    const [a, b, at] = [first[k]!, second[k]!, start + k * area];
    if (w0 === 0 && w1 === 0) continue;
    if (w1 === 0) scale(sliceAt(a, b), w0, target, at);
    else if (w0 === 0) scale(sliceAt(b, a), w1, target, at);
    else blend(sliceAt(a, b), sliceAt(b, a), w0, w1, target, at);
  }
}

/**
 * Returns slices across the slow axis, resampled along the other two. Two are kept: a new one does not replace slice
 * `other`.
 */
function slicer(
  source: ReadonlySamples & TypedArray,
  offset: number,
  [fast, middle, slow]: Axes<LinearAxis>,
): (index: number, other: number) => Float64Array {
  const [width, height] = [fast.taps.first.length, middle.taps.first.length];
  const [along, across] = [pairs(fast), pairs(middle)];
  const slots = [new Float64Array(width * height), new Float64Array(width * height)] as const;
  // One more row, and one more voxel in the row: zeros, for outputs without a voxel.
  const rows = middle.taps.identity ? undefined : new Float64Array(width * (middle.size + 1));
  const row = new Float64Array(fast.size + 1);
  const slotSlices = [-1, -1];
  return (index, other) => {
    const known = slotSlices.indexOf(index);
    if (known >= 0) return slots[known]!;
    const free = slotSlices[0] === other ? 1 : 0;
    slotSlices[free] = index;
    const slot = slots[free]!;
    resampleRows(source, offset + index * slow.stride, { ...fast, taps: along }, middle, row, rows ?? slot);
    if (rows) blendRows(rows, width, across, slot);
    return slot;
  };
}

/**
 * The taps of an axis, so that every weight can be multiplied: 0 times infinity is NaN. Instead of a voxel of weight 0,
 * the other one is taken twice with half its weight; where both are 0, the zero after the last voxel.
 */
function pairs({ size, taps }: LinearAxis): LinearTaps {
  if (taps.identity) return taps;
  const [first, second] = [taps.first.slice(), taps.second.slice()];
  const [firstWeight, secondWeight] = [taps.firstWeight.slice(), taps.secondWeight.slice()];
  for (let j = 0; j < first.length; j++) {
    const [w0, w1] = [firstWeight[j]!, secondWeight[j]!];
    if (w0 !== 0 && w1 !== 0) continue;
    const voxel = w0 !== 0 ? first[j]! : w1 !== 0 ? second[j]! : size;
    first[j] = voxel;
    second[j] = voxel;
    firstWeight[j] = (w0 + w1) / 2;
    secondWeight[j] = (w0 + w1) / 2;
  }
  return { first, second, firstWeight, secondWeight, identity: false };
}

/** Resamples every row of a slice along the fast axis. */
function resampleRows(
  source: ReadonlySamples & TypedArray,
  from: number,
  fast: LinearAxis,
  middle: LinearAxis,
  row: Float64Array,
  rows: Float64Array,
): void {
  const { first, second, firstWeight, secondWeight, identity } = fast.taps;
  const width = first.length;
  for (let y = 0; y < middle.size; y++) {
    readRow(source, from + y * middle.stride, fast.stride, fast.size, row);
    const at = y * width;
    if (identity) rows.set(row.subarray(0, width), at);
    else {
      for (let i = 0; i < width; i++) {
        rows[at + i] = row[first[i]!]! * firstWeight[i]! + row[second[i]!]! * secondWeight[i]!;
      }
    }
  }
}

// Only this function reads samples, so that the other loops see a single type of array.
function readRow(
  source: ReadonlySamples & TypedArray,
  from: number,
  stride: number,
  length: number,
  row: Float64Array,
): void {
  if (stride === 1) {
    row.set(source.subarray(from, from + length));
    return;
  }
  for (let i = 0, at = from; i < length; i++, at += stride) row[i] = source[at]!;
}

function blendRows(rows: Float64Array, width: number, taps: LinearTaps, slice: Float64Array): void {
  const { first, second, firstWeight, secondWeight } = taps;
  for (let j = 0; j < first.length; j++) {
    const [a, b, at] = [first[j]! * width, second[j]! * width, j * width];
    const [w0, w1] = [firstWeight[j]!, secondWeight[j]!];
    for (let i = 0; i < width; i++) slice[at + i] = rows[a + i]! * w0 + rows[b + i]! * w1;
  }
}

function scale(slice: Float64Array, weight: number, target: Float32Array, at: number): void {
  if (weight === 1) target.set(slice, at);
  else for (let i = 0; i < slice.length; i++) target[at + i] = slice[i]! * weight;
}

function blend(a: Float64Array, b: Float64Array, w0: number, w1: number, target: Float32Array, at: number): void {
  for (let i = 0; i < a.length; i++) target[at + i] = a[i]! * w0 + b[i]! * w1;
}

/** One axis for {@link resampleNearest}. */
export interface NearestAxis {
  readonly stride: number;
  /** The input voxel of each output voxel; -1 for zero. */
  readonly indices: Int32Array;
}

/**
 * Nearest-neighbor resampling along three axes, of any element type. The output is written in the same way as by
 * {@link resampleLinear}; zeros are not written, so that `target` keeps what it has there.
 */
export function resampleNearest(
  source: ReadonlySamples & TypedArray,
  offset: number,
  [fast, middle, slow]: Axes<NearestAxis>,
  target: TypedArray,
  start: number,
): void {
  const pick = rowPicker(source, fast, target);
  const width = fast.indices.length;
  const area = width * middle.indices.length;
  for (let z = 0; z < slow.indices.length; z++) {
    const [k, plane] = [slow.indices[z]!, start + z * area];
    if (k < 0) continue;
    if (z > 0 && k === slow.indices[z - 1]) {
      target.copyWithin(plane, plane - area, plane);
      continue;
    }
    for (let y = 0; y < middle.indices.length; y++) {
      const [j, at] = [middle.indices[y]!, plane + y * width];
      if (j < 0) continue;
      if (y > 0 && j === middle.indices[y - 1]) target.copyWithin(at, at - width, at);
      else pick(offset + k * slow.stride + j * middle.stride, at);
    }
  }
}

/** Returns a function that copies the voxels of one row, whose first one is at `row`, to `at`. */
function rowPicker(
  source: ReadonlySamples & TypedArray,
  { indices, stride }: NearestAxis,
  target: TypedArray,
): (row: number, at: number) => void {
  const isSameType = source.constructor === target.constructor;
  const [from, to] = bothAsBits(source, target);
  const [first, end] = isSameType && stride === 1 ? neighborsAmong(indices) : [0, 0];
  const places = [...indices.keys()].filter((i) => indices[i]! >= 0 && (i < first || i >= end));
  const outputs = Int32Array.from(places);
  const steps = outputs.map((i) => indices[i]! * stride);
  const voxel = indices[first] ?? 0;
  return (row, at) => {
    if (end > first) target.set(source.subarray(row + voxel, row + voxel + end - first), at + first);
    pickEach(from, row, steps, to, at, outputs);
  };
}

// Apart from loops over all element types, so that this one sees few of them.
function pickEach(
  from: ReadonlySamples,
  row: number,
  steps: Int32Array,
  to: TypedArray,
  at: number,
  outputs: Int32Array,
): void {
  for (let i = 0; i < steps.length; i++) to[at + outputs[i]!] = from[row + steps[i]!]!;
}

/** Shorter runs of neighbors are not worth a call of the engine's copy. */
const shortRun = 16;

/** The part of a row, if it is long enough, whose voxels are neighbors in the source too. */
function neighborsAmong(indices: Int32Array): readonly [first: number, end: number] {
  let [best, bestEnd] = [0, shortRun - 1];
  for (let first = 0, end = 1; end <= indices.length; end++) {
    if (end < indices.length && indices[first]! >= 0 && indices[end] === indices[end - 1]! + 1) continue;
    if (indices[first]! >= 0 && end - first > bestEnd - best) [best, bestEnd] = [first, end];
    first = end;
  }
  return bestEnd - best >= shortRun ? [best, bestEnd] : [0, 0];
}
