import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { alongSoftBounds } from "../../src/kernels/curves.ts";
import { percentilesOf } from "../../src/kernels/percentile.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { percentSchema } from "./scale-intensity-range-percentiles.ts";

/** Options of {@link clipIntensityPercentiles}. */
export interface ClipIntensityPercentilesOptions<K extends string = never> extends FieldOptions<K> {
  /** Percentile below which values are cut off, from 0 to 100. Default: none are. */
  readonly lower?: number;
  /** Percentile above which values are cut off, from 0 to 100. Default: none are. */
  readonly upper?: number;
  /** Bend values off instead of cutting them: the larger, the sharper the bend. In units of 1 over the values'. Default: cut. */
  readonly sharpnessFactor?: number;
  /** Take the percentiles of each channel by itself. Default false: of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Cuts off the lowest and the highest values of images at percentiles, or bends them off softly. Percentiles are interpolated between ranks, NaN
 * left out. Shape and affine stay; the result is float32. Deterministic (MONAI: `ClipIntensityPercentiles`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { clipIntensityPercentiles } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(clipIntensityPercentiles({ keys: "image", lower: 0.5, upper: 99.5 }));
 * ```
 */
export function clipIntensityPercentiles<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ClipIntensityPercentilesOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("clipIntensityPercentiles", schema, options);
  return volumeTransform<K, T>({
    name: "clipIntensityPercentiles",
    version: 2,
    options: checked,
    fields: { ...options },
    each: (volume) => clipped(volume, checked),
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    lower: percentSchema.optional(),
    upper: percentSchema.optional(),
    sharpnessFactor: z.number().positive().optional(),
    channelWise: z.boolean().default(false),
  })
  .refine(({ lower, upper }) => lower !== undefined || upper !== undefined, "give lower, upper or both")
  .refine(({ lower = 0, upper = 100 }) => lower < upper, "lower must be below upper");

function clipped(volume: Volume, { lower, upper, sharpnessFactor, channelWise }: z.output<typeof schema>): Volume {
  const boundsOf = (channel?: number) => {
    const [low = Number.NaN, high = Number.NaN] = percentilesOf(volume, [lower ?? 0, upper ?? 100], channel);
    return { low, high };
  };
  const whole = channelWise ? undefined : boundsOf();
  const bounds = Array.from({ length: volume.channels }, (_, channel) => whole ?? boundsOf(channel));
  const boundsAt = (channel: number) =>
    bounds[channel] ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (sharpnessFactor === undefined) {
    return mapIntensity(volume, (channel) => ({ from: 0, factor: 1, to: 0, ...boundsAt(channel) }));
  }
  const bent = mapBlocks(volume, (values, channel) => {
    const { low, high } = boundsAt(channel);
    const bounds = { ...(lower !== undefined && { low }), ...(upper !== undefined && { high }) };
    alongSoftBounds(values, { ...bounds, sharpness: sharpnessFactor });
  });
  return volume.withSamples(bent);
}
