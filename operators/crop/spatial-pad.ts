import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { roiSizeSchema } from "../../src/options.ts";
import { boxBeforePadding, isPlainPadding, marginsTo, type PadOptions, padded, padShape } from "./shared/margins.ts";

/** Options of {@link spatialPad}. */
export interface SpatialPadOptions extends PadOptions {
  /** The least size in voxels: one number for all axes, or one per axis; -1 keeps an axis. */
  readonly spatialSize: number | readonly number[];
}

/**
 * Adds voxels around images until they have a size; what is larger stays. The affine follows, so that no voxel moves in
 * the world. The element type stays, unless it cannot hold `value`: then it becomes float32, or float64 where it has
 * 32 bits. Deterministic (MONAI: `SpatialPad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialPad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(spatialPad({ spatialSize: [96, 96, -1] }));
 * ```
 */
export const spatialPad = volumeOperator<SpatialPadOptions>()({
  name: "spatialPad",
  version: 2,
  geometric: isPlainPadding,
  options: { spatialSize: roiSizeSchema, ...padShape },
  each: (volume, options) => {
    const margins = marginsTo(volume.spatialShape, options.spatialSize, options.method);
    return padded(volume, margins, options, "spatialPad");
  },
  region: (box, { options, input: { shape } }) =>
    boxBeforePadding(box, marginsTo(shape, options.spatialSize, options.method), options, shape),
});
