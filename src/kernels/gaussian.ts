/** Gaussian smoothing, one axis after the other. */
import { resultSamples } from "../memory/result-memory.ts";
import { weighNeighbors } from "./weigh-axes.ts";

/**
 * Weights of a Gaussian: its integral over each voxel, up to `truncated` standard deviations. They are not normalized:
 * with 4 they add up to 0.9999 (MONAI: `gaussian_1d` with `approx="erf"`).
 *
 * @param sigma standard deviation in voxels; 0 for no smoothing
 * @param reach the maximum distance in voxels; weights further away are left out
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
 * Smooths samples that are stored without gaps, x fastest and channels slowest, with zeros around the image. Sums are
 * computed in double and rounded once for each axis.
 *
 * @param shape `[channels, x, y, z]` or `[channels, x, y]`
 * @param sigmas standard deviation along each spatial axis, in voxels
 * @param truncated reach of the weights in standard deviations
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
  return weighNeighbors(source, shape, weights);
}

/** `value + alpha * (value - smoothed)`, in double, rounded once. */
export function detailAdded(values: Float32Array, smoothed: Float32Array, alpha: number): Float32Array {
  const sharpened = resultSamples("float32", values.length);
  for (let i = 0; i < values.length; i++) sharpened[i] = values[i]! + alpha * (values[i]! - smoothed[i]!);
  return sharpened;
}
