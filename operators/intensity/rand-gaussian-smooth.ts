import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { drawEach } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import { smoothed } from "./gaussian-smooth.ts";

/** Range of a standard deviation, in voxels. */
export type SigmaRange = readonly [low: number, high: number];

/** Options of {@link randGaussianSmooth}. */
export interface RandGaussianSmoothOptions<K extends string = never> extends FieldOptions<K> {
  /** Range of the standard deviation along x, in voxels. Default `[0.25, 1.5]`. */
  readonly sigmaX?: SigmaRange;
  /** The same along y. Default `[0.25, 1.5]`. */
  readonly sigmaY?: SigmaRange;
  /** The same along z, which 2D images have no use for. Default `[0.25, 1.5]`. */
  readonly sigmaZ?: SigmaRange;
  /** Probability that an item is smoothed. Default 0.1. */
  readonly prob?: number;
}

/**
 * Smooths images with a Gaussian of random width, with probability `prob`, all fields of an item alike; zeros are assumed around the
 * image. Shape and affine stay; the result is float32, for items that are not smoothed too. NaN spreads as far as the weights reach.
 * Random: drawn are whether, and three standard deviations evenly (MONAI: `RandGaussianSmooth` with `approx="erf"`).
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
export function randGaussianSmooth<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandGaussianSmoothOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randGaussianSmooth", schema, options);
  const { sigmaX, sigmaY, sigmaZ, prob } = checked;
  return randomVolumeTransform<{ readonly sigma: readonly number[] }, K, T>({
    name: "randGaussianSmooth",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random) => ({ sigma: drawEach(random, [sigmaX, sigmaY, sigmaZ]) }),
    apply: (volume, { sigma }) => smoothed(volume, sigma),
    otherwise: asFloat32,
  });
}

/** Checks a range of standard deviations. */
export const sigmaRangeSchema = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([low, high]) => low <= high, "the lower end of a range comes first");

const schema = z.strictObject({
  ...fieldShape,
  sigmaX: sigmaRangeSchema.default([0.25, 1.5]),
  sigmaY: sigmaRangeSchema.default([0.25, 1.5]),
  sigmaZ: sigmaRangeSchema.default([0.25, 1.5]),
  prob: probabilitySchema.default(0.1),
});
