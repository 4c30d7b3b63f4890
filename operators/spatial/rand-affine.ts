import * as v from "valibot";
import type { Padding } from "../../src/kernels/sampling.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { roiSizeSchema } from "../../src/options.ts";
import type { Interpolation } from "../../src/volume/resample-options.ts";
import { randomVolumeOperator } from "../declare.ts";
import { type AffineRanges, affineRangesShape, drawAffine } from "./shared/affine-ranges.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./shared/resampling.ts";
import { fitToSize, transformed } from "./shared/transformed.ts";

/** Options of {@link randAffine}. */
export interface RandAffineOptions extends AffineRanges, RandomOptions {
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the image's. Default:
   * the image's.
   */
  readonly spatialSize?: number | readonly (number | null)[];
  /** How to interpolate between voxels; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Rotates, shears, shifts and scales images at random: {@link affine} with probability `prob`, the same for all fields
 * of an item. Items that are not chosen are cut or padded to `spatialSize` around their center (shifted by half a voxel
 * where the sizes differ by an odd number, as in MONAI). The affine is updated.
 * Bilinear returns float32 either way; nearest keeps the element type. Random: draws whether to apply it, angles,
 * shears, shifts in voxels and scales (MONAI: `RandAffine`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE` when shears make axes parallel; PipelineError
 *   `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randAffine } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(
 *   randAffine({
 *     keys: ["image", "label"],
 *     prob: 0.5,
 *     rotateRange: [0, 0, Math.PI / 15],
 *     scaleRange: [0.1, 0.1, 0.1],
 *     mode: ["bilinear", "nearest"],
 *   }),
 * );
 * ```
 */
export const randAffine = randomVolumeOperator<RandAffineOptions>()({
  name: "randAffine",
  version: 3,
  retains: false,
  geometric: true,
  options: {
    ...affineRangesShape,
    spatialSize: v.optional(roiSizeSchema),
    mode: v.optional(modeSchema, "bilinear"),
    paddingMode: v.optional(paddingSchema, "reflection"),
  },
  draw: drawAffine,
  apply: (volume, params, options, field) =>
    transformed(volume, params, options.spatialSize, resamplingFor(options, field)),
  otherwise: (volume, options, field) => fitToSize(volume, options.spatialSize, resamplingFor(options, field)),
});
