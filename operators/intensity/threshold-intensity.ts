import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { thresholdVolume } from "../../src/volume/intensity.ts";

/** Options of {@link thresholdIntensity}. */
export interface ThresholdIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** The bound; a value equal to it is not kept. */
  readonly threshold: number;
  /** Keep values above the bound; false: those below. Default true. */
  readonly above?: boolean;
  /** What all other values become. Default 0. */
  readonly cval?: number;
}

/**
 * Keeps values above (or below) a bound and replaces all others, NaN too. Shape and affine stay; the result is float32.
 * Deterministic (MONAI: `ThresholdIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { thresholdIntensity } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(thresholdIntensity({ threshold: -1000, cval: -1000 }));
 * ```
 */
export function thresholdIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ThresholdIntensityOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("thresholdIntensity", schema, options);
  const { threshold, above, cval } = checked;
  return volumeTransform<K, T>({
    name: "thresholdIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => thresholdVolume(volume, threshold, above, cval),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  threshold: z.number(),
  above: z.boolean().default(true),
  cval: z.number().default(0),
});
