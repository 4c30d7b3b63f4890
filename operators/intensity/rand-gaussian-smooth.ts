import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { drawEach } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { randomVolumeOperator } from "../declare.ts";
import { smoothed } from "./gaussian-smooth.ts";
import { type SigmaRange, sigmaRangeSchema, smoothedFrom } from "./shared/sigma.ts";

/** Options of {@link randGaussianSmooth}. */
export interface RandGaussianSmoothOptions extends RandomOptions {
  /** Range of the standard deviation along x, in voxels. Default `[0.25, 1.5]`. */
  readonly sigmaX?: SigmaRange;
  /** The same along y. Default `[0.25, 1.5]`. */
  readonly sigmaY?: SigmaRange;
  /** The same along z; ignored for 2D images. Default `[0.25, 1.5]`. */
  readonly sigmaZ?: SigmaRange;
}

/**
 * Smooths images with a Gaussian of random width, with probability `prob`, all fields of an item in the same way; zeros
 * are assumed around the image. Shape and affine stay; the result is float32, also for items that are not smoothed. NaN
 * spreads as far as the weights reach. Random: draws whether to apply it, and three standard deviations uniformly
 * (MONAI: `RandGaussianSmooth` with `approx="erf"`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randGaussianSmooth } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randGaussianSmooth({ keys: "image", sigmaZ: [0.25, 0.5], prob: 0.2 }));
 * ```
 */
export const randGaussianSmooth = randomVolumeOperator<RandGaussianSmoothOptions>()({
  name: "randGaussianSmooth",
  version: 1,
  retains: false,
  options: {
    sigmaX: v.optional(sigmaRangeSchema, [0.25, 1.5]),
    sigmaY: v.optional(sigmaRangeSchema, [0.25, 1.5]),
    sigmaZ: v.optional(sigmaRangeSchema, [0.25, 1.5]),
  },
  draw: (random, { sigmaX, sigmaY, sigmaZ }) => ({ sigma: drawEach(random, [sigmaX, sigmaY, sigmaZ]) }),
  apply: (volume, { sigma }) => smoothed(volume, sigma),
  otherwise: asFloat32,
  region: (box, { params: { sigma }, input }) => smoothedFrom(box, input.shape, sigma),
});
