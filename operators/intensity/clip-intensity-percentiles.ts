import { z } from "zod";
import { alongSoftBounds } from "../../src/kernels/curves.ts";
import { percentilesOf } from "../../src/kernels/percentile.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { mapIntensity } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { linearMap } from "./shared/linear-map.ts";
import { percentSchema } from "./shared/percent-schema.ts";

/** Options of {@link clipIntensityPercentiles}. */
export interface ClipIntensityPercentilesOptions {
  /** Percentile below which values are cut off, from 0 to 100. Default: none are. */
  readonly lower?: number;
  /** Percentile above which values are cut off, from 0 to 100. Default: none are. */
  readonly upper?: number;
  /**
   * Bend values off instead of cutting them: the larger, the sharper the bend. In units of 1 over the values'. Default:
   * cut.
   */
  readonly sharpnessFactor?: number;
  /** Take the percentiles of each channel by itself. Default false: of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Cuts off the lowest and the highest values of images at percentiles, or bends them off softly. Percentiles are
 * interpolated between ranks, NaN left out. Shape and affine stay; the result is float32. Deterministic (MONAI:
 * `ClipIntensityPercentiles`).
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
export const clipIntensityPercentiles = volumeOperator<ClipIntensityPercentilesOptions>()({
  name: "clipIntensityPercentiles",
  version: 2,
  options: {
    lower: percentSchema.optional(),
    upper: percentSchema.optional(),
    sharpnessFactor: z.number().positive().optional(),
    channelWise: z.boolean().default(false),
  },
  rules: [
    {
      test: ({ lower, upper }) => lower !== undefined || upper !== undefined,
      fault: "give lower, upper or both",
    },
    { test: ({ lower = 0, upper = 100 }) => lower < upper, fault: "lower must be below upper" },
  ],
  aliases: false,
  each: clipped,
});

function clipped(
  volume: Volume,
  { lower, upper, sharpnessFactor, channelWise }: ClipIntensityPercentilesOptions,
): Volume {
  const boundsOf = (channel?: number) => {
    const [low = Number.NaN, high = Number.NaN] = percentilesOf(volume, [lower ?? 0, upper ?? 100], channel);
    return { low, high };
  };
  const whole = channelWise ? undefined : boundsOf();
  const bounds = Array.from({ length: volume.channels }, (_, channel) => whole ?? boundsOf(channel));
  if (sharpnessFactor === undefined) {
    return mapIntensity(volume, (channel) => linearMap({ from: 0, factor: 1, to: 0, ...bounds[channel] }));
  }
  const bent = mapBlocks(volume, (values, channel) => {
    const { low, high } = bounds[channel] ?? {};
    alongSoftBounds(values, {
      low: lower === undefined ? undefined : low,
      high: upper === undefined ? undefined : high,
      sharpness: sharpnessFactor,
    });
  });
  return volume.withSamples(bent);
}
