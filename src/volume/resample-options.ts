/** Options of all resampling, and limits for the size of results. */
import { FormatError, PipelineError } from "../errors.ts";
import type { Surroundings } from "../kernels/sampling.ts";
import { resultSamples, resultZeros } from "../memory/result-memory.ts";
import type { Dtype, TypedArray } from "../samples.ts";
import type { Volume } from "./volume.ts";

/** How to interpolate between voxels: linearly along every axis, or by taking the nearest voxel. */
export type Interpolation = "bilinear" | "nearest";

/** Options of all functions that resample volumes. */
export interface ResampleOptions {
  readonly mode: Interpolation;
  readonly padding: Surroundings;
  /** Torch's `align_corners` as MONAI applies it: the centers of both grids' outermost voxels are matched. */
  readonly alignCorners: boolean;
}

/**
 * Maximum number of samples of a resampled image, and of vectors of a displacement field. More probably means a spacing
 * in the wrong unit.
 */
const maxSamples = 2 ** 30;
const maxVectors = 2 ** 28;

/**
 * Throws for images without voxels and for results that are too large.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels; PipelineError `VOXRX_TOO_LARGE`
 */
export function checkResampleSize(volume: Volume, shape: readonly number[]): void {
  if (volume.size === 0) {
    throw new FormatError("VOXRX_BAD_VOLUME", `an image of shape [${volume.shape}] has no voxels`, {
      remedy: "Leave such images out with filter(), or look at the crop that made it.",
    });
  }
  const samples = shape.reduce((product, n) => product * n, volume.channels);
  if (!(samples <= maxSamples)) throw tooLarge("an image", shape);
}

/** Throws for a displacement field that is too large. @throws PipelineError `VOXRX_TOO_LARGE` */
export function checkDisplacementSize(shape: readonly number[]): void {
  const vectors = shape.reduce((product, n) => product * n, 1);
  if (!(vectors <= maxVectors)) throw tooLarge("a displacement field", shape);
}

/** Samples of a result, which are zero where the padding leaves voxels out; else all of them will be written. */
export function samplesFor(padding: Surroundings, dtype: "float32", length: number): Float32Array<ArrayBuffer>;
export function samplesFor(padding: Surroundings, dtype: Dtype, length: number): TypedArray;
export function samplesFor(padding: Surroundings, dtype: Dtype, length: number): TypedArray {
  const leavesOut = padding === "zeros" || padding === "extent";
  return leavesOut ? resultZeros(dtype, length) : resultSamples(dtype, length);
}

function tooLarge(what: string, shape: readonly number[]): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `resampling would make ${what} of ${shape.join(" x ")} voxels`, {
    remedy: "Check the unit of the spacing (mm) and the affine, request a smaller size, or crop the image first.",
  });
}
