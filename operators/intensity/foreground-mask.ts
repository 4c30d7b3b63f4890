import * as v from "valibot";
import { histogramOf, otsuThreshold } from "../../src/kernels/histogram.ts";
import { anyAtMost } from "../../src/kernels/masked-values.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { numberSchema, perField, valueFor } from "../../src/options.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link foregroundMask}. */
export interface ForegroundMaskOptions {
  /**
   * Voxels at or below this are foreground: a value, or `"otsu"` for the value that Otsu's method finds in each
   * channel's histogram (256 bins). One for all channels or one for each. Default `"otsu"`.
   */
  readonly threshold?: number | "otsu" | readonly (number | "otsu")[];
  /** Invert the image first (its maximum minus each value), so that bright voxels are foreground. Default false. */
  readonly invert?: boolean;
}

/**
 * Makes a mask of an image's foreground: 1 where any channel is at or below its threshold, else 0. Dark voxels are
 * foreground, as in slides of tissue; set `invert` for CT and MR. One channel, uint8; the affine stays. NaN is
 * background. Deterministic (MONAI: `ForegroundMask`, without its HSV thresholds).
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
  version: 1,
  options: {
    threshold: v.optional(perField(v.union([numberSchema, v.literal("otsu")])), "otsu"),
    invert: v.optional(v.boolean(), false),
  },
  aliases: false,
  each: maskOf,
  region: (box, { options: { threshold, invert } }) => (invert || hasOtsu(threshold) ? undefined : box),
});

function maskOf(volume: Volume, { threshold, invert }: Required<ForegroundMaskOptions>): Volume {
  const max = invert ? volumeExtent(volume).max : 0;
  const thresholds = Array.from({ length: volume.channels }, (_, channel) => {
    const given = valueFor(threshold, channel);
    if (given !== "otsu") return given;
    const histogram = histogramOf(volume, 256, channel);
    const found = histogram ? otsuThreshold(histogram) : Number.NaN;
    return invert ? max - found : found;
  });
  const data = anyAtMost(volume, thresholds, invert ? max : undefined);
  return volume.withSamples({ data, shape: [1, ...volume.spatialShape], layout: "x-fastest" });
}

function hasOtsu(threshold: Required<ForegroundMaskOptions>["threshold"]): boolean {
  return [threshold].flat().includes("otsu");
}
