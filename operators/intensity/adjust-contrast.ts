import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { alongLine } from "../../src/kernels/curves.ts";
import { raise } from "../../src/kernels/power.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { mapIntensity, volumeExtent, volumeMoments } from "../../src/volume/intensity.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link adjustContrast}. */
export interface AdjustContrastOptions<K extends string = never> extends FieldOptions<K> {
  /** The power, above 0: below 1 brightens the dark, above 1 darkens it. */
  readonly gamma: number;
  /** Work on the image turned upside down, so that the bright is what changes most. Default false. */
  readonly invertImage?: boolean;
  /** Bring mean and standard deviation back to what they were. Default false. */
  readonly retainStats?: boolean;
}

/**
 * Changes the contrast of images: values brought to 0 to 1 are raised to a power, and brought back. Shape and affine stay; the result is
 * float32; NaN stays, and an image with infinite values comes out as it is. Deterministic (MONAI: `AdjustContrast`, with its 1e-7 that keeps a constant image from division by zero).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { adjustContrast } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(adjustContrast({ keys: "image", gamma: 0.7 }));
 * ```
 */
export function adjustContrast<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: AdjustContrastOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("adjustContrast", schema, options);
  return volumeTransform<K, T>({
    name: "adjustContrast",
    version: 2,
    options: checked,
    fields: { ...options },
    each: (volume) => contrastAdjusted(volume, checked),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  gamma: z.number().positive(),
  invertImage: z.boolean().default(false),
  retainStats: z.boolean().default(false),
});

/** How a volume's contrast is changed. */
export interface Contrast {
  readonly gamma: number;
  readonly invertImage: boolean;
  readonly retainStats: boolean;
}

/** The volume with its contrast changed. */
export function contrastAdjusted(volume: Volume, { gamma, invertImage, retainStats }: Contrast): Volume {
  const sign = invertImage ? -1 : 1;
  const extent = volumeExtent(volume);
  const min = invertImage ? -extent.max : extent.min;
  const range = extent.max - extent.min;
  if (!Number.isFinite(range)) return asFloat32(volume);
  const share = 1 / (range + 1e-7);
  const bent = mapBlocks(volume, (values) => {
    alongLine(values, sign * min, sign * share, 0);
    raise(values, gamma);
    alongLine(values, 0, sign * range, sign * min);
  });
  const changed = volume.withSamples(bent);
  if (!retainStats) return changed;
  const [before, after] = [volumeMoments(volume, false), volumeMoments(changed, false)];
  const factor = before.deviation / (after.deviation + 1e-8);
  const anywhere = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return mapIntensity(changed, () => ({ from: after.mean, factor, to: before.mean, ...anywhere }));
}
