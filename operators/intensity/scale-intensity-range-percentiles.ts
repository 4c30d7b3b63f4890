import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { percentilesOf } from "../../src/kernels/percentile.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { linearMapOf } from "./scale-intensity-range.ts";

/** Options of {@link scaleIntensityRangePercentiles}. */
export interface ScaleIntensityRangePercentilesOptions<K extends string = never> extends FieldOptions<K> {
  /** Percentile that becomes `bMin`, from 0 to 100. */
  readonly lower: number;
  /** Percentile that becomes `bMax`, from 0 to 100. */
  readonly upper: number;
  /** Lower end of the result. Default, if `bMax` is not given either: 0. */
  readonly bMin?: number;
  /** Upper end of the result. Default, if `bMin` is not given either: 1. */
  readonly bMax?: number;
  /** Keep values between both ends. Default false. */
  readonly clip?: boolean;
  /** Let the percentiles become their own share of the way from `bMin` to `bMax` instead of its ends. Default false. */
  readonly relative?: boolean;
  /** Take the percentiles of each channel by itself. Default false: of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Scales values linearly so that two percentiles of the image become given values. Percentiles are interpolated between ranks, NaN left out.
 * Shape and affine stay; the result is float32. Deterministic (MONAI: `ScaleIntensityRangePercentiles`).
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
export function scaleIntensityRangePercentiles<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ScaleIntensityRangePercentilesOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("scaleIntensityRangePercentiles", schema, options);
  return volumeTransform<K, T>({
    name: "scaleIntensityRangePercentiles",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => scaled(volume, checked),
  });
}

/** Checks a percentile. */
export const percentSchema = z.number().min(0).max(100);

const schema = z
  .strictObject({
    ...fieldShape,
    lower: percentSchema,
    upper: percentSchema,
    bMin: z.number().optional(),
    bMax: z.number().optional(),
    clip: z.boolean().default(false),
    relative: z.boolean().default(false),
    channelWise: z.boolean().default(false),
  })
  .refine(({ lower, upper }) => lower < upper, "lower must be below upper")
  .refine(({ clip, bMin, bMax }) => !clip || bMin !== undefined || bMax !== undefined, "clip needs bMin or bMax")
  .refine(
    ({ relative, bMin, bMax }) => !relative || (bMin !== undefined && bMax !== undefined),
    "relative needs bMin and bMax",
  );

function scaled(volume: Volume, options: z.output<typeof schema>): Volume {
  const { lower, upper, clip, channelWise } = options;
  const [bMin, bMax] = endsOf(options);
  const mapOf = (channel?: number) => {
    const [aMin = Number.NaN, aMax = Number.NaN] = percentilesOf(volume, [lower, upper], channel);
    return linearMapOf({ aMin, aMax, bMin, bMax, clip });
  };
  if (channelWise) return mapIntensity(volume, mapOf);
  const map = mapOf();
  return mapIntensity(volume, () => map);
}

function endsOf({
  relative,
  bMin,
  bMax,
  lower,
  upper,
}: z.output<typeof schema>): [number | undefined, number | undefined] {
  if (!relative || bMin === undefined || bMax === undefined) return [bMin, bMax];
  return [bMin + (bMax - bMin) * (lower / 100), bMin + (bMax - bMin) * (upper / 100)];
}
