import { z } from "zod";
import { addGaussianNoise } from "../../src/kernels/noise.ts";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { Random } from "../../src/random/random.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link randGaussianNoise}. */
export interface RandGaussianNoiseOptions extends RandomOptions {
  /** Mean of the noise, in the image's units. Default 0. */
  readonly mean?: number;
  /** Standard deviation of the noise, in the image's units; with `sampleStd` the largest. Default 0.1. */
  readonly std?: number;
  /** Draw the standard deviation evenly from 0 to `std`. Default true; false: it is `std`. */
  readonly sampleStd?: boolean;
}

/**
 * Adds normally distributed noise to images with probability `prob`. Shape and affine stay; the result is float32, for
 * items that get no noise too. NaN stays. All fields of an item get the same noise at the same voxel, whatever the
 * order of samples in memory. Random: drawn are whether, the standard deviation, and the seed of the noise (MONAI:
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
  version: 1,
  options: {
    mean: z.number().default(0),
    std: z.number().min(0).default(0.1),
    sampleStd: z.boolean().default(true),
  },
  draw: (random, { mean, std, sampleStd }) => ({
    mean,
    std: sampleStd ? random.uniform(0, std) : std,
    seed: random.seed(),
  }),
  apply: gaussianNoised,
  otherwise: asFloat32,
});

/** Noise that can be made again. */
export interface GaussianNoise {
  readonly mean: number;
  readonly std: number;
  /** An integer of 32 bits. */
  readonly seed: number;
}

/** The image plus the noise that a seed stands for. */
export function gaussianNoised(volume: Volume, { mean, std, seed }: GaussianNoise): Volume {
  const data = addGaussianNoise(volume, { mean, deviation: std }, new Random(seed));
  return volume.withSamples({ data, layout: "x-fastest" });
}
