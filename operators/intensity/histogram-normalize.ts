import { z } from "zod";
import { alongPoints } from "../../src/kernels/curves.ts";
import { histogramOf } from "../../src/kernels/histogram.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import { fittingMask } from "./shared/fitting-mask.ts";

/** Options of {@link histogramNormalize}. */
export interface HistogramNormalizeOptions {
  /** Bins of the histogram. Default 256. */
  readonly numBins?: number;
  /** Least value of the result. Default 0. */
  readonly min?: number;
  /** Greatest value of the result. Default 255. */
  readonly max?: number;
  /** Field that holds a mask: only where it is not 0 do values count in the histogram. Default: all count. */
  readonly maskKey?: string;
}

/**
 * Equalizes the histogram of images: every value becomes its place in the cumulated histogram of the whole image,
 * between `min` and `max`. Shape and affine stay; the result is float32; NaN stays and does not count. Deterministic
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
  keyOptions: ["maskKey"],
  options: {
    numBins: z
      .int()
      .min(1)
      .max(2 ** 24)
      .default(256),
    min: z.number().default(0),
    max: z.number().default(255),
    maskKey: z.string().min(1).optional(),
  },
  rules: [{ test: ({ min, max }) => min <= max, fault: "min is above max" }],
  each: (volume, { numBins, min, max, maskKey }, _field, { item }) => {
    const mask = maskKey === undefined ? undefined : fittingMask(volumeOf(item, maskKey), volume);
    const histogram = histogramOf(volume, numBins, undefined, mask);
    if (!histogram) return asFloat32(volume);
    let sum = 0;
    const cumulated = histogram.counts.map((count) => (sum += count));
    const [first = 0, last = 0] = [cumulated[0], cumulated.at(-1)];
    // MONAI's `rescale_array`: where there is nothing to scale, times the least.
    const heights = cumulated.map((count) =>
      first === last ? count * min : ((count - first) / (last - first)) * (max - min) + min,
    );
    const { centers } = histogram;
    const curve = { heights, first: centers[0] ?? Number.NaN, last: centers.at(-1) ?? Number.NaN };
    return volume.withSamples(mapBlocks(volume, (values) => alongPoints(values, curve)));
  },
});
