import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { addGaussianNoise } from "../../src/kernels/noise.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link randGaussianNoise}. */
export interface RandGaussianNoiseOptions<K extends string = never> extends FieldOptions<K> {
  /** Probability that an item gets noise. Default 0.1. */
  readonly prob?: number;
  /** Mean of the noise, in the image's units. Default 0. */
  readonly mean?: number;
  /** Standard deviation of the noise, in the image's units; with `sampleStd` the largest. Default 0.1. */
  readonly std?: number;
  /** Draw the standard deviation evenly from 0 to `std`. Default true; false: it is `std`. */
  readonly sampleStd?: boolean;
}

/**
 * Adds normally distributed noise to images with probability `prob`. Shape and affine stay; the result is float32, for items that
 * get no noise too. NaN stays. All fields of an item get the same noise at the same voxel, whatever the order of samples in memory.
 * Random: drawn are whether, the standard deviation, and the seed of the noise (MONAI: `RandGaussianNoise`).
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
export function randGaussianNoise<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandGaussianNoiseOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randGaussianNoise", schema, options);
  const { prob, mean, std, sampleStd } = checked;
  return randomVolumeTransform<GaussianNoise, K, T>({
    name: "randGaussianNoise",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random) => ({ mean, std: sampleStd ? random.uniform(0, std) : std, seed: random.seed() }),
    apply: (volume, noise) => gaussianNoised(volume, noise),
    otherwise: asFloat32,
  });
}

const schema = z.strictObject({
  ...fieldShape,
  prob: probabilitySchema.default(0.1),
  mean: z.number().default(0),
  std: z.number().min(0).default(0.1),
  sampleStd: z.boolean().default(true),
});

/** Noise that can be made again. */
export interface GaussianNoise {
  readonly mean: number;
  readonly std: number;
  /** A whole number of 32 bits. */
  readonly seed: number;
}

/** A volume plus the noise that a seed stands for. */
export function gaussianNoised(volume: Volume, { mean, std, seed }: GaussianNoise): Volume {
  return volume.withSamples({ data: addGaussianNoise(volume, { mean, deviation: std }, new Random(seed)) });
}
