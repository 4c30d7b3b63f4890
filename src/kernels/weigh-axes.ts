/** Weighing neighbours along the axes of an image. */
import { type AxisWeights, weighSlices } from "./weigh-slices.ts";

/**
 * The sums of neighbours by weights along x, then y, then z, with zeros around the image: in double, rounded once for each axis. New samples, without gaps,
 * x fastest and channels slowest, as those that are given.
 *
 * @param shape `[channels, x, y, z]` or `[channels, x, y]`
 * @param weights for each spatial axis an odd number of them, or undefined where nothing is to be done
 */
export function weighNeighbours(
  source: Float32Array,
  shape: readonly number[],
  weights: readonly AxisWeights[],
): Float32Array {
  const [nx = 1, ny = 1, nz = 1] = shape.slice(1);
  if (source.length === 0 || weights.every((each) => each === undefined)) return source.slice();
  return weighSlices(source, [nx, ny, nz], weights) ?? weighAxes(source, shape, weights);
}

/** {@link weighNeighbours} one axis after the other, where there is no SIMD, or slices are too large for its memory. */
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
      const to = new Float32Array(source.length);
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

// Sums are kept for so many neighbours at a time as fit into the processor's nearest cache.
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
