import * as v from "valibot";
import { smoothGaussian } from "../../src/kernels/gaussian.ts";
import { denseFloats } from "../../src/volume/dense-floats.ts";
import { perAxis } from "../../src/volume/per-axis.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { sigmaSchema, smoothedFrom } from "./shared/sigma.ts";

/** Options of {@link gaussianSmooth}. */
export interface GaussianSmoothOptions {
  /** Standard deviation in voxels: one number for all axes, or one per axis; 0 does not smooth an axis. Default 1. */
  readonly sigma?: number | readonly number[];
}

/**
 * Smooths images with a Gaussian, cut off at 4 standard deviations. Zeros are assumed around the image. Shape and
 * affine stay; the result is float32. Deterministic (MONAI: `GaussianSmooth` with `approx="erf"`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { gaussianSmooth } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(gaussianSmooth({ keys: "image", sigma: [1, 1, 0.5] }));
 * ```
 */
export const gaussianSmooth = volumeOperator<GaussianSmoothOptions>()({
  name: "gaussianSmooth",
  version: 1,
  retains: false,
  options: { sigma: v.optional(sigmaSchema, 1) },
  aliases: false,
  each: (volume, { sigma }) => smoothed(volume, perAxis("sigma", sigma, volume.spatialShape)),
  region: (box, { options: { sigma }, input: { shape } }) => smoothedFrom(box, shape, perAxis("sigma", sigma, shape)),
});

/** Returns the image smoothed, with one standard deviation in voxels for each spatial axis. */
export function smoothed(volume: Volume, sigma: readonly number[]): Volume {
  return volume.withSamples({ data: smoothGaussian(denseFloats(volume), volume.shape, sigma), layout: "x-fastest" });
}
