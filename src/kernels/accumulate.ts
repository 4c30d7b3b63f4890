/** Merging patches into an image: weighted means that are correct after every patch. */
import type { ReadonlySamples } from "../samples.ts";

/** Three numbers for the three spatial axes, the slowest in memory first. */
export type Axes = readonly [number, number, number];

/** Weighted means, stored without gaps, channels slowest. All channels share the weights. */
export interface PatchMeans {
  readonly values: Float32Array;
  /** Sum of the weights so far. */
  readonly weights: Float32Array;
  readonly shape: Axes;
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
  const [length, step] = [shape[2], strides[2]];
  const shares = new Float64Array(length);
  for (let i = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) {
      const to = start[2] + n2 * (start[1] + j + n1 * (start[0] + i));
      sharesOf(means.weights, to, along[2], along[0][i]! * along[1][j]!, least, shares);
      let from = offset + i * strides[0] + j * strides[1];
      for (let channel = 0; channel < channels; channel++, from += channelStride) {
        blend(means.values, to + channel * n0 * n1 * n2, samples, from, step, shares);
      }
    }
  }
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
