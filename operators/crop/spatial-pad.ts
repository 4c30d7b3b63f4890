import { roiSizeSchema } from "../../src/options.ts";
import { marginsTo } from "../../src/volume/pad-volume.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforePadding, isPlainPadding, type PadOptions, padded, padShape } from "./shared/margins.ts";

/** Options of {@link spatialPad}. */
export interface SpatialPadOptions extends PadOptions {
  /** Minimum size in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the axis. */
  readonly spatialSize: number | readonly (number | null)[];
}

/**
 * Pads images to a minimum size; axes that are longer stay unchanged. The affine is updated, so voxels keep their world
 * coordinates. The element type stays the same, unless it can't hold `value`: then it becomes float32, or float64 if it
 * has 32 bits. Deterministic (MONAI: `SpatialPad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples; `VOXRX_SHAPE_MISMATCH` when `"reflect"` needs more
 * voxels than the image has
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialPad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(spatialPad({ spatialSize: [160, 160, -1] }));
 * ```
 */
export const spatialPad = volumeOperator<SpatialPadOptions>()({
  name: "spatialPad",
  version: 2,
  retains: false,
  geometric: isPlainPadding,
  options: { spatialSize: roiSizeSchema, ...padShape },
  each: (volume, options) => {
    const margins = marginsTo(volume.spatialShape, options.spatialSize, options.method);
    return padded(volume, margins, options, "spatialPad");
  },
  region: (box, { options, input: { shape } }) =>
    boxBeforePadding(box, marginsTo(shape, options.spatialSize, options.method), options, shape),
});
