import * as v from "valibot";
import { histogramOf, otsuThreshold } from "../../src/kernels/histogram.ts";
import { anyAtMost } from "../../src/kernels/masked-values.ts";
import { numberSchema, perChannel, valueFor } from "../../src/options.ts";
import { type Dtype, integerRange } from "../../src/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link foregroundMask}. */
export interface ForegroundMaskOptions {
  /**
   * Voxels at or below this are foreground: a value, or `"otsu"` for the value that Otsu's method finds in each
   * channel's histogram (256 bins). One for all channels or one for each. Default `"otsu"`.
   */
  readonly threshold?: number | "otsu" | readonly (number | "otsu")[];
  /**
   * Invert each value first, so that bright voxels are foreground: 1 - x for float types, 255 - x for uint8 (the type's
   * maximum for unsigned integers), -1 - x for signed ones, as scikit-image's `invert` does. A number as `threshold` is
   * for the inverted values. Default false.
   */
  readonly invert?: boolean;
}

/**
 * Makes a mask of an image's foreground: 1 where any channel is at or below its threshold, else 0. Dark voxels are
 * foreground, as in slides of tissue; set `invert` for CT and MR. One channel, uint8; the affine stays. NaN is
 * background. With `"otsu"`, a channel with one value only is all foreground, as in MONAI. A threshold of 0 is a
 * threshold like any other (MONAI ignores it). Deterministic (MONAI: `ForegroundMask`, without its HSV thresholds).
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
export const foregroundMask = volumeOperator<ForegroundMaskOptions>()({
  name: "foregroundMask",
  version: 2,
  retains: false,
  options: {
    threshold: v.optional(perChannel(v.union([numberSchema, v.literal("otsu")])), "otsu"),
    invert: v.optional(v.boolean(), false),
  },
  aliases: false,
  each: maskOf,
  region: (box, { options: { threshold } }) => (hasOtsu(threshold) ? undefined : box),
});

function maskOf(volume: Volume, { threshold, invert }: Required<ForegroundMaskOptions>): Volume {
  const top = invert ? topOf(volume.dtype) : undefined;
  const thresholds = Array.from({ length: volume.channels }, (_, channel) => {
    const given = valueFor(threshold, channel);
    if (given !== "otsu") return given;
    const histogram = histogramOf(volume, 256, channel);
    if (!histogram) return Number.NaN;
    const found = otsuThreshold(histogram);
    if (found === undefined) return Number.POSITIVE_INFINITY;
    return top === undefined ? found : top - found;
  });
  const data = anyAtMost(volume, thresholds, top);
  return volume.withSamples({ data, shape: [1, ...volume.spatialShape], layout: "x-fastest" });
}

/** What a value is subtracted from to invert it. */
function topOf(dtype: Dtype): number {
  const range = integerRange(dtype);
  if (!range) return 1;
  const [low, high] = range;
  return low === 0 ? high : -1;
}

function hasOtsu(threshold: Required<ForegroundMaskOptions>["threshold"]): boolean {
  return [threshold].flat().includes("otsu");
}
