import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import type { Extent, LinearMap } from "../../src/kernels/intensity.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { mapIntensity, volumeExtent } from "../../src/volume/intensity.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link scaleIntensity}. */
export interface ScaleIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** What the least value becomes. Default 0. */
  readonly minv?: number;
  /** What the greatest value becomes. Default 1. */
  readonly maxv?: number;
  /** Instead of a range: every value is multiplied by `1 + factor`. */
  readonly factor?: number;
  /** Scale every channel by its own least and greatest value. Default false: all by those of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Scales values linearly so that they run from `minv` to `maxv`, or by `1 + factor`. Shape and affine stay; the result is float32.
 * A constant image becomes `minv` (MONAI 1.5 gives its value times `minv`). NaN takes no part and stays. Deterministic (MONAI:
 * `ScaleIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for `factor` together with a range
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { scaleIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(scaleIntensity({ keys: "image", minv: -1, maxv: 1 }));
 * ```
 */
export function scaleIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ScaleIntensityOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("scaleIntensity", schema, options);
  return volumeTransform<K, T>({
    name: "scaleIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => scaled(volume, checked),
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    minv: z.number().optional(),
    maxv: z.number().optional(),
    factor: z.number().optional(),
    channelWise: z.boolean().default(false),
  })
  .refine(
    ({ factor, minv, maxv, channelWise }) =>
      factor === undefined || (minv === undefined && maxv === undefined && !channelWise),
    "factor stands alone: leave out minv, maxv and channelWise",
  );

function scaled(volume: Volume, { minv = 0, maxv = 1, factor, channelWise }: z.output<typeof schema>): Volume {
  const anywhere = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (factor !== undefined) return mapIntensity(volume, () => ({ from: 0, factor: 1 + factor, to: 0, ...anywhere }));
  const mapOf = ({ min, max }: Extent): LinearMap => {
    const range = max - min;
    return range > 0
      ? { from: min, factor: (maxv - minv) / range, to: minv, ...anywhere }
      : { from: 0, factor: 0, to: minv, ...anywhere };
  };
  if (channelWise) return mapIntensity(volume, (channel) => mapOf(volumeExtent(volume, channel)));
  const map = mapOf(volumeExtent(volume));
  return mapIntensity(volume, () => map);
}
