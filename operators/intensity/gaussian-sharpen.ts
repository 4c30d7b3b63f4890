import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { detailAdded, smoothGaussian } from "../../src/kernels/gaussian.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/samples-as.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { perAxis, sigmaSchema } from "./gaussian-smooth.ts";

/** Options of {@link gaussianSharpen}. */
export interface GaussianSharpenOptions<K extends string = never> extends FieldOptions<K> {
  /** Standard deviation of the first smoothing, in voxels: one number for all axes, or one per axis. Default 3. */
  readonly sigma1?: number | readonly number[];
  /** Standard deviation of the second smoothing. Default 1. */
  readonly sigma2?: number | readonly number[];
  /** Weight of the detail that the second smoothing takes away. Default 30. */
  readonly alpha?: number;
}

/**
 * Sharpens images: smoothed once, plus `alpha` times what smoothing again takes away. Zeros are around the image. Shape and affine stay; the
 * result is float32. Deterministic (MONAI: `GaussianSharpen` with `approx="erf"`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { gaussianSharpen } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(gaussianSharpen({ keys: "image", sigma1: 1, sigma2: 0.5, alpha: 5 }));
 * ```
 */
export function gaussianSharpen<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: GaussianSharpenOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("gaussianSharpen", schema, options);
  const { sigma1, sigma2, alpha } = checked;
  return volumeTransform<K, T>({
    name: "gaussianSharpen",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => sharpened(volume, { sigma1: perAxis(sigma1, volume), sigma2: perAxis(sigma2, volume), alpha }),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  sigma1: sigmaSchema.default(3),
  sigma2: sigmaSchema.default(1),
  alpha: z.number().default(30),
});

/** How a volume is sharpened: standard deviations in voxels for each spatial axis. */
export interface Sharpening {
  readonly sigma1: readonly number[];
  readonly sigma2: readonly number[];
  readonly alpha: number;
}

/** The volume sharpened. */
export function sharpened(volume: Volume, { sigma1, sigma2, alpha }: Sharpening): Volume {
  const once = smoothGaussian(denseFloats(volume), volume.shape, sigma1);
  const twice = smoothGaussian(once, volume.shape, sigma2);
  return volume.withSamples({ data: detailAdded(once, twice, alpha) });
}
