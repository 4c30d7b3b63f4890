import * as v from "valibot";
import { numberSchema } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity-volume.ts";
import { volumeOperator } from "../declare.ts";
import { linearFunction, rangeMap } from "./shared/linear-map.ts";

/** Options of {@link scaleIntensityRange}. */
export interface ScaleIntensityRangeOptions {
  /** The value that becomes `bMin`. */
  readonly aMin: number;
  /** The value that becomes `bMax`. */
  readonly aMax: number;
  /** What `aMin` becomes. Default: 0, if `bMax` is not given either. */
  readonly bMin?: number;
  /** What `aMax` becomes. Default: 1, if `bMin` is not given either. */
  readonly bMax?: number;
  /** Clip results to `bMin` and `bMax`. Default false. */
  readonly clip?: boolean;
}

/**
 * Maps values linearly so that `aMin` becomes `bMin` and `aMax` becomes `bMax`: for CT, a range of Hounsfield units.
 * Shape and affine stay; the result is float32. With only one of `bMin` and `bMax`, values are mapped to 0 to 1 and
 * clipped on that side only, as in MONAI. If `aMin` equals `aMax`, it is subtracted and `bMin` is added. NaN stays.
 * Deterministic (MONAI: `ScaleIntensityRange`).
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
export const scaleIntensityRange = volumeOperator<ScaleIntensityRangeOptions>()({
  name: "scaleIntensityRange",
  version: 1,
  retains: false,
  options: {
    aMin: numberSchema,
    aMax: numberSchema,
    bMin: v.optional(numberSchema),
    bMax: v.optional(numberSchema),
    clip: v.optional(v.boolean(), false),
  },
  rules: [
    {
      test: ({ clip, bMin, bMax }) => !clip || bMin !== undefined || bMax !== undefined,
      fault: "clip needs bMin or bMax",
    },
    {
      test: ({ clip, bMin, bMax }) => !clip || bMin === undefined || bMax === undefined || bMin <= bMax,
      fault: "clip needs bMin to be at most bMax",
    },
  ],
  aliases: false,
  each: (volume, options) => {
    const map = rangeMap(options);
    return mapIntensity(volume, () => map);
  },
  elementwise: (options) => ({ value: linearFunction(rangeMap(options)), dtype: "float32" }),
  region: (box) => box,
});
