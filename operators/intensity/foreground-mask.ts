import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { histogramOf, otsuThreshold } from "../../src/kernels/histogram.ts";
import { anyAtMost } from "../../src/kernels/mask.ts";
import { checkOptions, fieldShape, valueFor } from "../../src/options.ts";
import { volumeExtent } from "../../src/volume/intensity.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link foregroundMask}. */
export interface ForegroundMaskOptions<K extends string = never> extends FieldOptions<K> {
  /**
   * Foreground is what is not above this: a value, or `"otsu"` for the one that parts each channel's histogram (256 bins) best; one for all
   * channels or one for each. Default `"otsu"`.
   */
  readonly threshold?: number | "otsu" | readonly (number | "otsu")[];
  /** Turn the image upside down first (its greatest value minus each), so that the bright is foreground. Default false. */
  readonly invert?: boolean;
}

/**
 * Makes a mask of an image's foreground: 1 where any channel is at or below its threshold, else 0. Dark is foreground, as on slides; for CT and MR
 * set `invert`. One channel, uint8; the affine stays. NaN is background. Deterministic (MONAI: `ForegroundMask`, without its HSV thresholds).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { foregroundMask } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; body: Volume }>;
 * scans.pipe(foregroundMask({ keys: "body", invert: true }));
 * ```
 */
export function foregroundMask<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ForegroundMaskOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("foregroundMask", schema, options);
  return volumeTransform<K, T>({
    name: "foregroundMask",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => maskOf(volume, checked),
  });
}

const one = z.union([z.number(), z.literal("otsu")]);
const schema = z.strictObject({
  ...fieldShape,
  threshold: z.union([one, z.array(one).min(1)]).default("otsu"),
  invert: z.boolean().default(false),
});

function maskOf(volume: Volume, { threshold, invert }: z.output<typeof schema>): Volume {
  const max = invert ? volumeExtent(volume).max : 0;
  const thresholds = Array.from({ length: volume.channels }, (_, channel) => {
    const given = valueFor(threshold, channel);
    if (given !== "otsu") return given;
    const histogram = histogramOf(volume, 256, channel);
    const found = histogram ? otsuThreshold(histogram) : Number.NaN;
    return invert ? max - found : found;
  });
  const data = anyAtMost(volume, thresholds, invert ? max : undefined);
  return volume.withSamples({ data, shape: [1, ...volume.spatialShape] });
}
