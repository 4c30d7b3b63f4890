import * as v from "valibot";
import { numberSchema } from "../../src/options.ts";
import { thresholdVolume } from "../../src/volume/intensity-volume.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link thresholdIntensity}. */
export interface ThresholdIntensityOptions {
  /** The threshold; a value equal to it is not kept. */
  readonly threshold: number;
  /** Keep values above the threshold; false: those below. Default true. */
  readonly above?: boolean;
  /** What all other values become. Default 0. */
  readonly cval?: number;
}

/**
 * Keeps values above (or below) a threshold and replaces all others, including NaN. Shape and affine stay; the result
 * is float32. Deterministic (MONAI: `ThresholdIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { thresholdIntensity } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(thresholdIntensity({ threshold: 200, above: false, cval: 200 }));
 * ```
 */
export const thresholdIntensity = volumeOperator<ThresholdIntensityOptions>()({
  name: "thresholdIntensity",
  version: 1,
  retains: false,
  options: { threshold: numberSchema, above: v.optional(v.boolean(), true), cval: v.optional(numberSchema, 0) },
  aliases: false,
  each: (volume, { threshold, above, cval }) => thresholdVolume(volume, threshold, above, cval),
  elementwise: ({ threshold, above, cval }) => ({
    value: (value) => ((above ? value > threshold : value < threshold) ? value : cval),
    dtype: "float32",
  }),
  region: (box) => box,
});
