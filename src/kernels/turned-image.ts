/**
 * Copies a box of an image into the memory of loops whose rows run along another axis than those of the image: rows are
 * copied as they are, a few at a time, and transposed there.
 */
import type { ReadonlySamples, TypedArray } from "../samples.ts";

type Three = readonly [number, number, number];

/** A box of an image. */
export interface TurnedSource {
  readonly samples: ReadonlySamples & TypedArray;
  /** Index of the box's first voxel. */
  readonly from: number;
  readonly shape: Three;
  readonly strides: Three;
}

/** Where the box goes: addresses and distances in bytes; voxels along the first axis are neighbors. */
export interface TurnedTarget {
  readonly address: number;
  readonly row: number;
  readonly plane: number;
}

/** Loops that can transpose. */
export interface TransposingLoops {
  /** See assembly/transpose.ts. */
  transpose?(from: number, pitch: number, to: number, targetPitch: number, rows: number, columns: number): void;
}

/** Samples of a row that are copied at once: they and the others of a group stay in the processor's cache. */
const longestRun = 2048;
/** Smaller boxes are copied faster as they are. */
const leastVoxels = 2 ** 15;

/** How a box is copied in turned order; undefined if it is not, or need not be. */
export interface Turn {
  /** Memory that it needs besides the target, in bytes. */
  readonly bytes: number;
  /** The axis that is fastest in the image, and the third one. */
  readonly fast: 1 | 2;
  readonly other: 1 | 2;
  /** Rows of the third axis that are copied at once, and the samples of such a group. */
  readonly group: number;
  readonly run: number;
}

/** Whether and how a box is to be turned. */
export function turnOf({ shape, strides }: TurnedSource, loops: TransposingLoops): Turn | undefined {
  const fast = Math.abs(strides[1]) === 1 ? 1 : Math.abs(strides[2]) === 1 ? 2 : undefined;
  if (!loops.transpose || fast === undefined || Math.abs(strides[0]) === 1) return undefined;
  if (shape[0] * shape[1] * shape[2] < leastVoxels || shape[fast] < 16) return undefined;
  const other = fast === 1 ? 2 : 1;
  const [length, step] = [shape[fast], Math.abs(strides[other])];
  // Rows that follow each other are copied together, with what is between them.
  const isDense = step >= length && step <= 1.5 * length;
  const group = isDense ? Math.max(1, Math.min(shape[other], Math.floor(longestRun / step))) : 1;
  const run = (group - 1) * (isDense ? step : 0) + length;
  return { fast, other, group, run, bytes: 4 * shape[0] * pitchOf(run) };
}

/** Copies a box. @param scratch address of `turn.bytes` bytes in the memory, which `floats` is all of */
export function readTurned(
  { samples, from, shape, strides }: TurnedSource,
  { address, row, plane }: TurnedTarget,
  { fast, other, group, run }: Turn,
  loops: TransposingLoops,
  floats: Float32Array,
  scratch: number,
): void {
  const distances = [4, row, plane] as const;
  const [length, count, step] = [shape[fast], shape[other], strides[other]];
  const isReversed = strides[fast] < 0;
  const pitch = pitchOf(run);
  // Of a reversed row, the first sample in memory is its last one.
  const low = isReversed ? from - (length - 1) : from;
  const [column, columns] = isReversed ? [(length - 1) * distances[fast], -distances[fast]] : [0, distances[fast]];
  for (let m = 0; m < count; m += group) {
    const rows = Math.min(group, count - m);
    const start = low + (step < 0 ? m + rows - 1 : m) * step;
    const size = (rows - 1) * Math.abs(group > 1 ? step : 0) + length;
    for (let i = 0; i < shape[0]; i++) {
      const at = start + i * strides[0];
      floats.set(samples.subarray(at, at + size), scratch / 4 + i * pitch);
    }
    for (let n = 0; n < rows; n++) {
      const place = Math.abs(step) * (step < 0 ? rows - 1 - n : n);
      const to = address + column + (m + n) * distances[other];
      loops.transpose?.(scratch + 4 * place, 4 * pitch, to, columns, shape[0], length);
    }
  }
}

/** Rows begin at multiples of 16 bytes, and not all in the same set of the cache. */
function pitchOf(run: number): number {
  return Math.ceil(run / 4) * 4 + 16;
}
