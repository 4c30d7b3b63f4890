import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { randomVolumeOperator } from "../declare.ts";
import { rotated } from "./rotate.ts";
import { type ResamplingOptions, resampledInPlace, resamplingFor, resamplingShape } from "./shared/resampling.ts";

/** Options of {@link randRotate}. */
export interface RandRotateOptions extends ResamplingOptions, RandomOptions {
  /** Angle around x, in radians; in 2D the only one. Default 0. */
  readonly rangeX?: UniformRange;
  /** Angle around y, in radians. Default 0. */
  readonly rangeY?: UniformRange;
  /** Angle around z, in radians. Default 0. */
  readonly rangeZ?: UniformRange;
  /** Keep the image's size. Default true; false: the size is that of the box around the rotated corners. */
  readonly keepSize?: boolean;
}

/**
 * Rotates images around their center by random angles: {@link rotate} with probability `prob`, the same for all fields
 * of an item. The affine is updated. Bilinear returns float32, also for items that are not rotated; nearest keeps the
 * element type. Random: draws whether to apply it, and three angles, of which 2D images use the first (MONAI:
 * `RandRotate`).
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
  version: 3,
  retains: false,
  geometric: true,
  options: {
    rangeX: v.optional(rangeSchema, [0, 0]),
    rangeY: v.optional(rangeSchema, [0, 0]),
    rangeZ: v.optional(rangeSchema, [0, 0]),
    keepSize: v.optional(v.boolean(), true),
    ...resamplingShape,
  },
  draw: (random, { rangeX, rangeY, rangeZ }) => ({ angle: drawEach(random, [rangeX, rangeY, rangeZ]) }),
  apply: (volume, { angle }, options, field) => {
    const angles = volume.spatialShape.length === 2 ? angle.slice(0, 1) : angle;
    return rotated(volume, angles, options.keepSize, resamplingFor(options, field));
  },
  otherwise: (volume, options, field) => resampledInPlace(volume, resamplingFor(options, field)),
});
