/** Merging patches into an image: weighted means that are correct after every patch. */
import { allocate, type Samples } from "../samples.ts";
import { copyStrided } from "./copy-strided.ts";
import { type RowLoops, rowLoops } from "./rows.ts";

/** Three numbers for the three spatial axes, the slowest in memory first. */
export type Axes = readonly [number, number, number];

/** Weighted means, stored without gaps, channels slowest. All channels share the weights. */
export interface PatchMeans {
  readonly values: Float32Array;
  readonly shape: Axes;
  readonly weights: WeightWindow;
}

/**
 * Sums of the weights so far, stored without gaps: only of the voxels that patches can still reach, because fresh memory
 * costs more than the sums. Along `axis`, the window is as long as a patch, and moves on with the patches.
 */
interface WeightWindow {
  readonly sums: Float32Array;
  readonly shape: Axes;
  readonly axis: 0 | 1 | 2;
  /** Position of its first voxel along the axis. */
  start: number;
}

/** Means of nothing yet. Patches of the given length along `axis` must come in the order of their starts along it. */
export function emptyMeans(channels: number, shape: Axes, axis: 0 | 1 | 2, length: number): PatchMeans {
  const [n0, n1, n2] = shape;
  const inWindow: Axes = [axis === 0 ? length : n0, axis === 1 ? length : n1, axis === 2 ? length : n2];
  const sums = allocate("float32", inWindow[0] * inWindow[1] * inWindow[2]);
  return {
    values: allocate("float32", channels * n0 * n1 * n2),
    shape,
    weights: { sums, shape: inWindow, axis, start: 0 },
  };
}

/** One patch, with its axes in the order of the means. */
export interface PlacedPatch {
  readonly samples: Samples;
  readonly offset: number;
  readonly channels: number;
  readonly channelStride: number;
  readonly shape: Axes;
  readonly strides: Axes;
  /** Position of its first voxel in the whole image. */
  readonly start: Axes;
}

/**
 * Adds a patch to the means, plane by plane. Each voxel's weight is the product of its weights along the axes, but at
 * least `least`. Means rather than sums: patches that agree yield exactly their value, and no sum exceeds the range of
 * float32.
 *
 * @param loopsFor the loops for work that needs so many bytes. Default: the fastest available
 */
export function addPatch(
  means: PatchMeans,
  patch: PlacedPatch,
  along: readonly [Float64Array, Float64Array, Float64Array],
  least: number,
  loopsFor: (bytes: number) => RowLoops = rowLoops,
): void {
  const { values, shape, weights } = means;
  const { samples, offset, channels, channelStride, strides, start } = patch;
  const [planes, rows, length] = patch.shape;
  moveTo(weights, start[weights.axis]);
  const [w0, w1, w2] = placeInWindow(weights, start);
  const [inMeans, inSums] = [planeIn(values, shape, rows, length), planeIn(weights.sums, weights.shape, rows, length)];
  const at = placesFor(rows, length, inMeans.floats, inSums.floats);
  const loops = loopsFor(4 * at.end);
  const floats = new Float32Array(loops.reserve(4 * at.end), 0, at.end);
  floats.set(along[2], at.along);
  for (let i = 0; i < planes; i++) {
    floats.set(
      along[1].map((weight) => weight * along[0][i]!),
      at.across,
    );
    const sumsAt = w2 + weights.shape[2] * (w1 + weights.shape[1] * (w0 + i));
    inSums.read(sumsAt, floats, at.sums);
    loops.addWeights(4 * at.shares, 4 * at.sums, 4 * inSums.pitch, 4 * at.along, 4 * at.across, length, rows, least);
    inSums.write(floats, at.sums, sumsAt);
    for (let channel = 0; channel < channels; channel++) {
      const from = offset + channel * channelStride + i * strides[0];
      copyStrided(samples, [rows, length], [strides[1], strides[2]], from, floats, [length, 1], at.values);
      const meansAt = start[2] + shape[2] * (start[1] + shape[1] * (start[0] + i + channel * shape[0]));
      inMeans.read(meansAt, floats, at.means);
      loops.blendRows(4 * at.means, 4 * inMeans.pitch, 4 * at.values, 4 * at.shares, length, rows);
      inMeans.write(floats, at.means, meansAt);
    }
  }
}

/** Where everything is in the memory of the loops, in floats, at multiples of 4. */
function placesFor(rows: number, length: number, means: number, sums: number) {
  let end = 0;
  const place = (floats: number) => {
    const at = end;
    end += Math.ceil(floats / 4) * 4;
    return at;
  };
  const [along, across] = [place(length), place(rows)];
  const [shares, values] = [place(rows * length), place(rows * length)];
  return { along, across, shares, values, means: place(means), sums: place(sums), end };
}

/** A plane of an array, on its way to the memory of the loops and back. */
interface PlaneOf {
  /** Distance between rows in that memory, and how much of it is needed, in floats. */
  readonly pitch: number;
  readonly floats: number;
  read(from: number, floats: Float32Array, at: number): void;
  write(floats: Float32Array, at: number, to: number): void;
}

/** Planes of so many rows in an array. Short gaps between the rows are copied too: one long copy is faster than many. */
function planeIn(array: Float32Array, [, , apart]: Axes, rows: number, length: number): PlaneOf {
  const pitch = apart <= 2 * length ? apart : length;
  const pieces = pitch === apart ? 1 : rows;
  const floats = (rows - 1) * pitch + length;
  const piece = pieces === 1 ? floats : length;
  return {
    pitch,
    floats,
    read(from, memory, at) {
      for (let n = 0; n < pieces; n++) {
        memory.set(array.subarray(from + n * apart, from + n * apart + piece), at + n * pitch);
      }
    },
    write(memory, at, to) {
      for (let n = 0; n < pieces; n++) {
        array.set(memory.subarray(at + n * pitch, at + n * pitch + piece), to + n * apart);
      }
    },
  };
}

/** Moves the window on; the voxels that come in have no weight yet. */
function moveTo(weights: WeightWindow, start: number): void {
  const { sums, shape, axis } = weights;
  const inner = (axis < 1 ? shape[1] : 1) * (axis < 2 ? shape[2] : 1);
  const line = shape[axis] * inner;
  const moved = Math.min((start - weights.start) * inner, line);
  weights.start = start;
  if (moved === 0) return;
  sums.copyWithin(0, moved);
  for (let end = line; end <= sums.length; end += line) sums.fill(0, end - moved, end);
}

function placeInWindow({ axis, start }: WeightWindow, [p0, p1, p2]: Axes): Axes {
  return [axis === 0 ? p0 - start : p0, axis === 1 ? p1 - start : p1, axis === 2 ? p2 - start : p2];
}
