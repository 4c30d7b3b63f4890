import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { roiSizeSchema } from "../../src/options.ts";
import { centreRegion } from "../../src/volume/region.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";

/** Options of {@link centerSpatialCrop}. */
export interface CenterSpatialCropOptions {
  /** Size to keep in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. */
  readonly roiSize: number | readonly number[];
}

/**
 * Keeps the middle of images: from `n // 2 - size // 2` on each axis. An axis shorter than the size stays whole. A
 * view: no sample is copied, and the affine follows, so that no voxel moves in the world. Deterministic (MONAI:
 * `CenterSpatialCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { centerSpatialCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(centerSpatialCrop({ roiSize: [96, 96, -1] }));
 * ```
 */
export const centerSpatialCrop = volumeOperator<CenterSpatialCropOptions>()({
  name: "centerSpatialCrop",
  version: 1,
  geometric: true,
  options: { roiSize: roiSizeSchema },
  each: (volume, { roiSize }) => cropped(volume, centreRegion(roiSize, volume.spatialShape), "centerSpatialCrop"),
  region: (box, { options, input }) => boxBeforeCrop(box, centreRegion(options.roiSize, input.shape)),
});
