import * as v from "valibot";
import { limitSoftly } from "../../src/kernels/curves.ts";
import { mapFloatBlocks } from "../../src/kernels/float-blocks.ts";
import { percentilesOf } from "../../src/kernels/percentile.ts";
import { numberSchema } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { linearMap } from "./shared/linear-map.ts";
import { percentSchema } from "./shared/percent-schema.ts";

/** Options of {@link clipIntensityPercentiles}. */
export interface ClipIntensityPercentilesOptions {
  /** Percentile below which values are clipped, from 0 to 100. Default: no lower bound. */
  readonly lower?: number;
  /** Percentile above which values are clipped, from 0 to 100. Default: no upper bound. */
  readonly upper?: number;
  /**
   * Limit values by a smooth curve instead of a hard cut: the larger, the sharper the bend. Its unit is 1 over the
   * values' unit. Default: hard cut.
   */
  readonly sharpnessFactor?: number;
  /** Compute the percentiles of each channel separately. Default false: those of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Clips the lowest and the highest values of images at percentiles, either with a hard cut or along a smooth curve.
 * Percentiles are interpolated between ranks; NaN is ignored. Shape and affine stay; the result is float32.
 * Deterministic (MONAI: `ClipIntensityPercentiles`).
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
  version: 3,
  retains: false,
  options: {
    lower: v.optional(percentSchema),
    upper: v.optional(percentSchema),
    sharpnessFactor: v.optional(v.pipe(numberSchema, v.gtValue(0))),
    channelWise: v.optional(v.boolean(), false),
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
  const softened = mapFloatBlocks(volume, (loops, length, channel) => {
    const { low, high } = bounds[channel] ?? {};
    limitSoftly(loops, length, {
      low: lower === undefined ? undefined : low,
      high: upper === undefined ? undefined : high,
      sharpness: sharpnessFactor,
    });
  });
  return volume.withSamples(softened);
}
