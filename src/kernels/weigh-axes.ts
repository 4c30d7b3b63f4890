/** Weighted sums of neighbors along the axes of an image. */
import { resultSamples } from "../memory/result-memory.ts";
import { type AxisWeights, weighSlices } from "./weigh-slices.ts";

/**
 * The weighted sums of neighbors along x, then y, then z, with zeros around the image: computed in double, rounded once
 * for each axis. Returns new samples, without gaps, x fastest and channels slowest, like `source`.
 *
 * @param shape `[channels, x, y, z]` or `[channels, x, y]`
 * @param weights for each spatial axis an odd number of weights, or undefined to leave the axis as it is
 */
export function weighNeighbors(
  source: Float32Array,
  shape: readonly number[],
  weights: readonly AxisWeights[],
): Float32Array {
  const [nx = 1, ny = 1, nz = 1] = shape.slice(1);
  if (source.length === 0 || weights.every((each) => each === undefined)) return source.slice();
  return weighSlices(source, [nx, ny, nz], weights) ?? weighAxes(source, shape, weights);
}

/**
 * {@link weighNeighbors} one axis after the other, for machines without SIMD and for slices that are too large for its
 * memory.
 */
export function weighAxes(
  source: Float32Array,
  shape: readonly number[],
  weights: readonly AxisWeights[],
): Float32Array {
  let from = source;
  let inner = 1;
  for (let axis = 0; axis + 1 < shape.length; axis++) {
    const n = shape[axis + 1]!;
    const own = weights[axis];
    if (own) {
      const to = resultSamples("float32", source.length);
      if (inner === 1) alongRows(from, to, n, own);
      else acrossRows(from, to, n, inner, own);
      from = to;
    }
    inner *= n;
  }
  return from === source ? source.slice() : from;
}

function alongRows(from: Float32Array, to: Float32Array, n: number, weights: Float64Array): void {
  const tail = (weights.length - 1) / 2;
  for (let row = 0; row < from.length; row += n) {
    for (let i = 0; i < n; i++) {
      const [first, last] = [Math.max(0, i - tail), Math.min(n - 1, i + tail)];
      let sum = 0;
      for (let j = first; j <= last; j++) sum += from[row + j]! * weights[j - i + tail]!;
      to[row + i] = sum;
    }
  }
}

// Sums are kept for this many voxels at a time, as many as fit into the processor's L1 cache.
const blockLength = 1024;

function acrossRows(from: Float32Array, to: Float32Array, n: number, inner: number, weights: Float64Array): void {
  const tail = (weights.length - 1) / 2;
  const sums = new Float64Array(Math.min(inner, blockLength));
  for (let plane = 0; plane < from.length; plane += n * inner) {
    for (let block = 0; block < inner; block += blockLength) {
      const width = Math.min(blockLength, inner - block);
      for (let i = 0; i < n; i++) {
        const [first, last] = [Math.max(0, i - tail), Math.min(n - 1, i + tail)];
        sums.fill(0);
        for (let j = first; j <= last; j++) {
          const [weight, at] = [weights[j - i + tail]!, plane + j * inner + block];
          for (let b = 0; b < width; b++) sums[b]! += from[at + b]! * weight;
        }
        to.set(width === sums.length ? sums : sums.subarray(0, width), plane + i * inner + block);
      }
    }
  }
}
