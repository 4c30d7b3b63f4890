import * as v from "valibot";
import { percentilesOf } from "../../src/kernels/percentile.ts";
import { numberSchema } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity-volume.ts";
import { volumeOperator } from "../declare.ts";
import { rangeMap } from "./shared/linear-map.ts";
import { percentSchema } from "./shared/percent-schema.ts";

/** Options of {@link scaleIntensityRangePercentiles}. */
export interface ScaleIntensityRangePercentilesOptions {
  /** Percentile that becomes `bMin`, from 0 to 100. */
  readonly lower: number;
  /** Percentile that becomes `bMax`, from 0 to 100. */
  readonly upper: number;
  /** Lower end of the result. Default, if `bMax` is not given either: 0. */
  readonly bMin?: number;
  /** Upper end of the result. Default, if `bMin` is not given either: 1. */
  readonly bMax?: number;
  /** Clip results to the ends. Default false. */
  readonly clip?: boolean;
  /**
   * Map `lower` and `upper` to those percentages of the way from `bMin` to `bMax` instead of to its ends. Default
   * false.
   */
  readonly relative?: boolean;
  /** Compute the percentiles of each channel separately. Default false: those of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Scales values linearly so that two percentiles of the image become given values. Percentiles are interpolated between
 * ranks; NaN is ignored. Shape and affine stay; the result is float32. Deterministic (MONAI:
 * `ScaleIntensityRangePercentiles`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { scaleIntensityRangePercentiles } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(scaleIntensityRangePercentiles({ keys: "image", lower: 1, upper: 99, bMin: 0, bMax: 1, clip: true }));
 * ```
 */
export const scaleIntensityRangePercentiles = volumeOperator<ScaleIntensityRangePercentilesOptions>()({
  name: "scaleIntensityRangePercentiles",
  version: 1,
  retains: false,
  options: {
    lower: percentSchema,
    upper: percentSchema,
    bMin: v.optional(numberSchema),
    bMax: v.optional(numberSchema),
    clip: v.optional(v.boolean(), false),
    relative: v.optional(v.boolean(), false),
    channelWise: v.optional(v.boolean(), false),
  },
  rules: [
    { test: ({ lower, upper }) => lower < upper, fault: "lower must be below upper" },
    {
      test: ({ clip, bMin, bMax }) => !clip || bMin !== undefined || bMax !== undefined,
      fault: "clip needs bMin or bMax",
    },
    {
      test: ({ relative, bMin, bMax }) => !relative || (bMin !== undefined && bMax !== undefined),
      fault: "relative needs bMin and bMax",
    },
  ],
  aliases: false,
  each: (volume, options) => {
    const { lower, upper, clip, channelWise } = options;
    const mapOf = (channel?: number) => {
      const [aMin = Number.NaN, aMax = Number.NaN] = percentilesOf(volume, [lower, upper], channel);
      return rangeMap({ aMin, aMax, ...endsOf(options), clip });
    };
    if (channelWise) return mapIntensity(volume, mapOf);
    const map = mapOf();
    return mapIntensity(volume, () => map);
  },
});

function endsOf({ relative, bMin, bMax, lower, upper }: ScaleIntensityRangePercentilesOptions) {
  if (!relative || bMin === undefined || bMax === undefined) return { bMin, bMax };
  return { bMin: bMin + (bMax - bMin) * (lower / 100), bMax: bMin + (bMax - bMin) * (upper / 100) };
}
