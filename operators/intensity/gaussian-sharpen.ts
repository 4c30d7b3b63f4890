import * as v from "valibot";
import { detailAdded, smoothGaussian } from "../../src/kernels/gaussian.ts";
import { numberSchema } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/dense-floats.ts";
import { perAxis } from "../../src/volume/per-axis.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { sigmaSchema, smoothedFrom } from "./shared/sigma.ts";

/** Options of {@link gaussianSharpen}. */
export interface GaussianSharpenOptions {
  /** Standard deviation of the first smoothing, in voxels: one number for all axes, or one per axis. Default 3. */
  readonly sigma1?: number | readonly number[];
  /** Standard deviation of the second smoothing. Default 1. */
  readonly sigma2?: number | readonly number[];
  /** Weight of the detail that the second smoothing removes. Default 30. */
  readonly alpha?: number;
}

/**
 * Sharpens images: the result is the image smoothed once, plus `alpha` times the detail that a second smoothing
 * removes. Zeros are assumed around the image. Shape and affine stay; the result is float32. Deterministic (MONAI:
 * `GaussianSharpen` with `approx="erf"`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { gaussianSharpen } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(gaussianSharpen({ keys: "image", sigma1: 0.5, sigma2: 1, alpha: 3 }));
 * ```
 */
export const gaussianSharpen = volumeOperator<GaussianSharpenOptions>()({
  name: "gaussianSharpen",
  version: 1,
  retains: false,
  options: {
    sigma1: v.optional(sigmaSchema, 3),
    sigma2: v.optional(sigmaSchema, 1),
    alpha: v.optional(numberSchema, 30),
  },
  aliases: false,
  each: (volume, options) => {
    const [sigma1, sigma2] = sigmasOf(options, volume.spatialShape);
    return sharpened(volume, { sigma1, sigma2, alpha: options.alpha });
  },
  region: (box, { options, input: { shape } }) => smoothedFrom(box, shape, ...sigmasOf(options, shape)),
});

/** Parameters of a sharpening. The standard deviations are in voxels, one for each spatial axis. */
export interface Sharpening {
  readonly sigma1: readonly number[];
  readonly sigma2: readonly number[];
  readonly alpha: number;
}

/** Returns the image sharpened. */
export function sharpened(volume: Volume, { sigma1, sigma2, alpha }: Sharpening): Volume {
  const once = smoothGaussian(denseFloats(volume), volume.shape, sigma1);
  const twice = smoothGaussian(once, volume.shape, sigma2);
  return volume.withSamples({ data: detailAdded(once, twice, alpha), layout: "x-fastest" });
}

function sigmasOf(
  { sigma1, sigma2 }: Required<GaussianSharpenOptions>,
  shape: readonly number[],
): [first: number[], second: number[]] {
  return [perAxis("sigma1", sigma1, shape), perAxis("sigma2", sigma2, shape)];
}
