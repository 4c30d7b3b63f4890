import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import type { LinearMap } from "../../src/kernels/intensity.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity.ts";

/** Options of {@link scaleIntensityRange}. */
export interface ScaleIntensityRangeOptions<K extends string = never> extends FieldOptions<K> {
  /** The value that becomes `bMin`. */
  readonly aMin: number;
  /** The value that becomes `bMax`. */
  readonly aMax: number;
  /** What `aMin` becomes. Default: 0, if `bMax` is not given either. */
  readonly bMin?: number;
  /** What `aMax` becomes. Default: 1, if `bMin` is not given either. */
  readonly bMax?: number;
  /** Keep results from falling below `bMin` or rising above `bMax`. Default false. */
  readonly clip?: boolean;
}

/**
 * Maps values linearly so that `aMin` becomes `bMin` and `aMax` becomes `bMax`: for CT, a window in Hounsfield units. Shape and
 * affine stay; the result is float32. With only one of `bMin` and `bMax` values are mapped to 0 to 1 and clipped on that side
 * only, as in MONAI. `aMin` equal to `aMax` subtracts it and adds `bMin`. NaN stays. Deterministic (MONAI: `ScaleIntensityRange`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for `clip` without a bound
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { scaleIntensityRange } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(scaleIntensityRange({ keys: "image", aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true }));
 * ```
 */
export function scaleIntensityRange<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ScaleIntensityRangeOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("scaleIntensityRange", schema, options);
  const map = linearMapOf(checked);
  return volumeTransform<K, T>({
    name: "scaleIntensityRange",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => mapIntensity(volume, () => map),
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    aMin: z.number(),
    aMax: z.number(),
    bMin: z.number().optional(),
    bMax: z.number().optional(),
    clip: z.boolean().default(false),
  })
  .refine(({ clip, bMin, bMax }) => !clip || bMin !== undefined || bMax !== undefined, "clip needs bMin or bMax")
  .refine(
    ({ clip, bMin, bMax }) => !clip || bMin === undefined || bMax === undefined || bMin <= bMax,
    "clip needs bMin not above bMax",
  );

/** The map of one range of values to another; without `bMin` or `bMax` to 0 to 1, and what is one value is only shifted. */
export function linearMapOf({ aMin, aMax, bMin, bMax, clip }: z.output<typeof schema>): LinearMap {
  const low = clip && bMin !== undefined ? bMin : Number.NEGATIVE_INFINITY;
  const high = clip && bMax !== undefined ? bMax : Number.POSITIVE_INFINITY;
  if (aMin === aMax) return { from: aMin, factor: 1, to: bMin ?? 0, low, high };
  const [first, last] = bMin !== undefined && bMax !== undefined ? [bMin, bMax] : [0, 1];
  return { from: aMin, factor: (last - first) / (aMax - aMin), to: first, low, high };
}
