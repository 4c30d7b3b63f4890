/** Gaussian smoothing, one axis after the other. */
import { weighSlices } from "./weigh-slices.ts";

/**
 * Weights of a Gaussian: its integral over each voxel, up to `truncated` standard deviations. Not normalized: up to 4 they add up to
 * 0.9999 (MONAI: `gaussian_1d` with `approx="erf"`).
 *
 * @param sigma standard deviation in voxels; 0 for no smoothing
 * @param reach weights further away than this are left out
 */
export function gaussianWeights(sigma: number, reach: number, truncated = 4): Float64Array {
  const tail = Math.min(Math.floor(Math.max(sigma * truncated, 0.5) + 0.5), reach);
  const scale = Math.SQRT1_2 / sigma;
  return Float64Array.from({ length: 2 * tail + 1 }, (_, n) => {
    const x = n - tail;
    return Math.max(0, (erf(scale * (x + 0.5)) - erf(scale * (x - 0.5))) / 2);
  });
}

/** The error function, by its series with positive terms only (Abramowitz and Stegun 7.1.6). */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [sum, term] = [x, x];
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/**
 * Smooths samples that lie without gaps, x fastest and channels slowest, with zeros around the image. Sums are made in double and
 * rounded once for each axis.
 *
 * @param shape `[channels, x, y, z]` or `[channels, x, y]`
 * @param sigmas standard deviation along each spatial axis, in voxels
 * @param truncated how many standard deviations the weights reach
 */
export function smoothGaussian(
  source: Float32Array,
  shape: readonly number[],
  sigmas: readonly number[],
  truncated = 4,
): Float32Array {
  const [nx = 1, ny = 1, nz = 1] = shape.slice(1);
  const weights = [nx, ny, nz].map((n, axis) => {
    const sigma = sigmas[axis] ?? 0;
    return sigma > 0 && axis + 1 < shape.length ? gaussianWeights(sigma, n - 1, truncated) : undefined;
  });
  if (source.length === 0 || weights.every((each) => each === undefined)) return source.slice();
  return weighSlices(source, [nx, ny, nz], weights) ?? weighAxes(source, shape, weights);
}

/** `value + alpha * (value - smoothed)`, in double, rounded once. */
export function detailAdded(values: Float32Array, smoothed: Float32Array, alpha: number): Float32Array {
  const sharpened = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) sharpened[i] = values[i]! + alpha * (values[i]! - smoothed[i]!);
  return sharpened;
}

/** One axis after the other, where there is no SIMD, or slices are too large for its memory. */
export function weighAxes(
  source: Float32Array,
  shape: readonly number[],
  weights: readonly (Float64Array | undefined)[],
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
