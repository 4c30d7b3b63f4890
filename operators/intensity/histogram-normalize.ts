import * as v from "valibot";
import { mapAlongPoints } from "../../src/kernels/curves.ts";
import { histogramOf } from "../../src/kernels/histogram.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { integerSchema, nonEmptySchema, numberSchema } from "../../src/options.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { volumeOperator } from "../declare.ts";
import { fittingMask } from "./shared/fitting-mask.ts";

/** Options of {@link histogramNormalize}. */
export interface HistogramNormalizeOptions {
  /** Bins of the histogram. Default 256. */
  readonly numBins?: number;
  /** Minimum of the result. Default 0. */
  readonly min?: number;
  /** Maximum of the result. Default 255. */
  readonly max?: number;
  /** Field with a mask: the histogram counts only values where the mask is not 0. Default: it counts all values. */
  readonly maskKey?: string;
}

/**
 * Equalizes the histogram of images: every value becomes its position in the cumulative histogram of the whole image,
 * scaled to `min` to `max`. Shape and affine stay; the result is float32; NaN stays and is not counted. Deterministic
 * (MONAI: `HistogramNormalize`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` for a mask of another shape,
 *   `VOXRX_MISSING_KEY`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { histogramNormalize } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; brain: Volume }>;
 * scans.pipe(histogramNormalize({ keys: "image", min: 0, max: 1, maskKey: "brain" }));
 * ```
 */
export const histogramNormalize = volumeOperator<HistogramNormalizeOptions>()({
  name: "histogramNormalize",
  version: 2,
  retains: false,
  keyOptions: ["maskKey"],
  options: {
    numBins: v.optional(v.pipe(integerSchema, v.minValue(1), v.maxValue(2 ** 24)), 256),
    min: v.optional(numberSchema, 0),
    max: v.optional(numberSchema, 255),
    maskKey: v.optional(nonEmptySchema),
  },
  rules: [{ test: ({ min, max }) => min <= max, fault: "min is above max" }],
  each: (volume, { numBins, min, max, maskKey }, _field, { item }) => {
    const mask = maskKey === undefined ? undefined : fittingMask(volumeOf(item, maskKey), volume);
    const histogram = histogramOf(volume, numBins, undefined, mask);
    if (!histogram) return asFloat32(volume);
    let sum = 0;
    const cumulative = histogram.counts.map((count) => (sum += count));
    const [first = 0, last = 0] = [cumulative[0], cumulative.at(-1)];
    // As MONAI's `rescale_array`: where all counts are equal, they are multiplied by the minimum.
    const heights = cumulative.map((count) =>
      first === last ? count * min : ((count - first) / (last - first)) * (max - min) + min,
    );
    const { centers } = histogram;
    const curve = { heights, first: centers[0] ?? Number.NaN, last: centers.at(-1) ?? Number.NaN };
    return volume.withSamples(mapAlongPoints(volume, curve));
  },
});
