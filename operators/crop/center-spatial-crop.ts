import { roiSizeSchema } from "../../src/options.ts";
import { centerRegion } from "../../src/volume/region.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";

/** Options of {@link centerSpatialCrop}. */
export interface CenterSpatialCropOptions {
  /** Size to keep in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. */
  readonly roiSize: number | readonly (number | null)[];
}

/**
 * Crops images to their center: on each axis from voxel `n // 2 - size // 2` on. An axis shorter than the size is kept
 * whole. A view: no sample is copied. The affine is updated, so voxels keep their world coordinates. Deterministic
 * (MONAI: `CenterSpatialCrop`).
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
  retains: false,
  aliases: "always",
  geometric: true,
  options: { roiSize: roiSizeSchema },
  each: (volume, { roiSize }) => cropped(volume, centerRegion(roiSize, volume.spatialShape), "centerSpatialCrop"),
  region: (box, { options, input }) => boxBeforeCrop(box, centerRegion(options.roiSize, input.shape)),
});
