import * as v from "valibot";
import { addGaussianNoise } from "../../src/kernels/noise.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { numberSchema } from "../../src/options.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";

/** Options of {@link randGaussianNoise}. */
export interface RandGaussianNoiseOptions extends RandomOptions {
  /** Mean of the noise, in the image's units. Default 0. */
  readonly mean?: number;
  /** Standard deviation of the noise, in the image's units; with `sampleStd`, its maximum. Default 0.1. */
  readonly std?: number;
  /** Draw the standard deviation uniformly from 0 to `std`. Default true; false: use `std` itself. */
  readonly sampleStd?: boolean;
}

/**
 * Adds normally distributed noise to images with probability `prob`. Shape and affine stay; the result is float32, also
 * for items without noise. NaN stays. All fields of an item get the same noise at the same voxel, regardless of the
 * memory layout. Random: draws whether to apply it, the standard deviation, and the seed of the noise (MONAI:
 * `RandGaussianNoise`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randGaussianNoise } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randGaussianNoise({ keys: "image", prob: 0.15, std: 0.05 }));
 * ```
 */
export const randGaussianNoise = randomVolumeOperator<RandGaussianNoiseOptions>()({
  name: "randGaussianNoise",
  version: 2,
  retains: false,
  options: {
    mean: v.optional(numberSchema, 0),
    std: v.optional(v.pipe(numberSchema, v.minValue(0)), 0.1),
    sampleStd: v.optional(v.boolean(), true),
  },
  draw: (random, { mean, std, sampleStd }) => ({
    mean,
    std: sampleStd ? random.uniform(0, std) : std,
    seed: random.seed(),
  }),
  apply: gaussianNoised,
  otherwise: asFloat32,
});

/** Parameters that reproduce the noise. */
export interface GaussianNoise {
  readonly mean: number;
  readonly std: number;
  /** A 32-bit integer. */
  readonly seed: number;
}

/** Returns the image plus the noise of a seed. */
export function gaussianNoised(volume: Volume, { mean, std, seed }: GaussianNoise): Volume {
  const data = addGaussianNoise(volume, { mean, deviation: std }, { seed, use: 0 });
  return volume.withSamples({ data, layout: "x-fastest" });
}
