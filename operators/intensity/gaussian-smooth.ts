import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { smoothGaussian } from "../../src/kernels/gaussian.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/samples-as.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link gaussianSmooth}. */
export interface GaussianSmoothOptions<K extends string = never> extends FieldOptions<K> {
  /** Standard deviation in voxels: one number for all axes, or one per axis; 0 leaves an axis as it is. Default 1. */
  readonly sigma?: number | readonly number[];
}

/**
 * Smooths images with a Gaussian, cut off at 4 standard deviations, with zeros around the image. Shape and affine stay; the result is float32.
 * Deterministic (MONAI: `GaussianSmooth` with `approx="erf"`).
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
export function gaussianSmooth<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: GaussianSmoothOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("gaussianSmooth", schema, options);
  return volumeTransform<K, T>({
    name: "gaussianSmooth",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => smoothed(volume, perAxis(checked.sigma, volume)),
  });
}

/** Checks standard deviations: one for all axes, or one per axis. */
export const sigmaSchema = z.union([z.number().min(0), z.array(z.number().min(0)).min(1).max(3)]);

const schema = z.strictObject({ ...fieldShape, sigma: sigmaSchema.default(1) });

/** A number for each spatial axis; 0 for an axis that has none. */
export function perAxis(given: number | readonly number[], volume: Volume): number[] {
  return volume.spatialShape.map((_, axis) => (typeof given === "number" ? given : (given[axis] ?? 0)));
}

/** A volume smoothed with a standard deviation, in voxels, for each spatial axis. */
export function smoothed(volume: Volume, sigma: readonly number[]): Volume {
  return volume.withSamples({ data: smoothGaussian(denseFloats(volume), volume.shape, sigma) });
}
