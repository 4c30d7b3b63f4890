import { z } from "zod";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { rotated } from "./rotate.ts";
import { type ResamplingOptions, resamplingFor, resamplingShape, unmoved } from "./shared/resampling.ts";

/** Options of {@link randRotate}. */
export interface RandRotateOptions extends ResamplingOptions, RandomOptions {
  /** Angle around x, in radians; in 2D the only one. Default 0. */
  readonly rangeX?: UniformRange;
  /** Angle around y, in radians. Default 0. */
  readonly rangeY?: UniformRange;
  /** Angle around z, in radians. Default 0. */
  readonly rangeZ?: UniformRange;
  /** Keep the image's size. Default true; false: the size follows the turned corners. */
  readonly keepSize?: boolean;
}

/**
 * Turns images around their middle by random angles: {@link rotate} with probability `prob`, all fields of an item
 * alike. The affine follows. Bilinear gives float32, for items that are not turned too; nearest keeps the element type.
 * Random: drawn are whether, and three angles, of which 2D images take the first (MONAI: `RandRotate`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randRotate } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randRotate({ keys: ["image", "label"], rangeZ: 0.2, prob: 0.5, mode: ["bilinear", "nearest"] }));
 * ```
 */
export const randRotate = randomVolumeOperator<RandRotateOptions>()({
  name: "randRotate",
  version: 1,
  geometric: true,
  options: {
    rangeX: rangeSchema.default([0, 0]),
    rangeY: rangeSchema.default([0, 0]),
    rangeZ: rangeSchema.default([0, 0]),
    keepSize: z.boolean().default(true),
    ...resamplingShape,
  },
  draw: (random, { rangeX, rangeY, rangeZ }) => ({ angle: drawEach(random, [rangeX, rangeY, rangeZ]) }),
  apply: (volume, { angle }, options, field) => {
    const angles = volume.spatialShape.length === 2 ? angle.slice(0, 1) : angle;
    return rotated(volume, angles, options.keepSize, resamplingFor(options, field));
  },
  otherwise: (volume, options, field) => unmoved(volume, resamplingFor(options, field)),
});
