/** Merging patches into an image: weighted means that are correct after every patch. */
import type { ReadonlySamples } from "../samples.ts";

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
  const sums = new Float32Array(inWindow[0] * inWindow[1] * inWindow[2]);
  return {
    values: new Float32Array(channels * n0 * n1 * n2),
    shape,
    weights: { sums, shape: inWindow, axis, start: 0 },
  };
}

/** One patch, with its axes in the order of the means. */
export interface PlacedPatch {
  readonly samples: ReadonlySamples;
  readonly offset: number;
  readonly channels: number;
  readonly channelStride: number;
  readonly shape: Axes;
  readonly strides: Axes;
  /** Position of its first voxel in the whole image. */
  readonly start: Axes;
}

/**
 * Adds a patch to the means. Each voxel's weight is the product of its weights along the axes, but at least `least`.
 * Means rather than sums: patches that agree yield exactly their value, and no sum exceeds the range of float32.
 */
export function addPatch(
  means: PatchMeans,
  patch: PlacedPatch,
  along: readonly [Float64Array, Float64Array, Float64Array],
  least: number,
): void {
  const [n0, n1, n2] = means.shape;
  const { samples, offset, channels, channelStride, shape, strides, start } = patch;
  const { weights } = means;
  moveTo(weights, start[weights.axis]);
  const [w0, w1, w2] = placeInWindow(weights, start);
  const [length, step] = [shape[2], strides[2]];
  const shares = new Float64Array(length);
  for (let i = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) {
      const to = start[2] + n2 * (start[1] + j + n1 * (start[0] + i));
      const weightsAt = w2 + weights.shape[2] * (w1 + j + weights.shape[1] * (w0 + i));
      sharesOf(weights.sums, weightsAt, along[2], along[0][i]! * along[1][j]!, least, shares);
      let from = offset + i * strides[0] + j * strides[1];
      for (let channel = 0; channel < channels; channel++, from += channelStride) {
        blend(means.values, to + channel * n0 * n1 * n2, samples, from, step, shares);
      }
    }
  }
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

/** Computes the share of each of a row's values in its mean, and updates the sums of weights. */
function sharesOf(
  weights: Float32Array,
  to: number,
  along: Float64Array,
  across: number,
  least: number,
  shares: Float64Array,
): void {
  for (let k = 0; k < shares.length; k++) {
    const weight = Math.max(along[k]! * across, least);
    const sum = weights[to + k]! + weight;
    weights[to + k] = sum;
    shares[k] = weight / sum;
  }
}

function blend(
  values: Float32Array,
  to: number,
  samples: ReadonlySamples,
  from: number,
  step: number,
  shares: Float64Array,
): void {
  let s = from;
  for (let k = 0; k < shares.length; k++, s += step) {
    const old = values[to + k]!;
    const value = samples[s]!;
    if (value === old) continue;
    const share = shares[k]!;
    values[to + k] = old * (1 - share) + value * share;
  }
}
