import { commonShape } from "../../src/volume/shape-of-all.ts";
import { randomVolumeOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { type DrawnRegionOptions, drawnRegionRules, drawnRegionShape, drawRegion } from "./shared/drawn-region.ts";

/** Options of {@link randSpatialCrop}. */
export interface RandSpatialCropOptions extends DrawnRegionOptions {}

/**
 * Crops images to a region whose position is drawn, and with `randomSize` its size: first the size, evenly between its
 * limits, then the position, evenly among all inside the image. A size larger than the image is cut to it. All fields
 * of an item are cropped alike and must have the same shape. A view: no sample is copied, and the affine is updated.
 * Random: the region is drawn (MONAI: `RandSpatialCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randSpatialCrop } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randSpatialCrop({ keys: ["image", "label"], roiSize: [96, 96, -1] }));
 * ```
 */
export const randSpatialCrop = randomVolumeOperator<RandSpatialCropOptions>()({
  name: "randSpatialCrop",
  version: 2,
  retains: false,
  aliases: "always",
  geometric: true,
  prob: "always",
  options: drawnRegionShape,
  rules: drawnRegionRules,
  draw: (random, options, volumes) => drawRegion(random, commonShape(volumes), options),
  apply: (volume, region) => cropped(volume, region, "randSpatialCrop"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});
