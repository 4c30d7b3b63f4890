import { randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { type DrawnRegionOptions, drawnRegionRules, drawnRegionShape, drawRegion } from "./shared/drawn-region.ts";

/** Options of {@link randSpatialCrop}. */
export interface RandSpatialCropOptions extends DrawnRegionOptions {}

/**
 * Cuts a region out of images whose place, and size if asked, is drawn: its size evenly between both ends, then its
 * place evenly among all inside of the image. A size larger than the image is cut to it. All fields of an item are cut
 * alike and must agree in shape. A view: no sample is copied, and the affine follows. Random: drawn is the region
 * (MONAI: `RandSpatialCrop`).
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
  geometric: true,
  prob: "always",
  options: drawnRegionShape,
  rules: drawnRegionRules,
  draw: (random, options, volumes) => drawRegion(random, commonShape(volumes), options),
  apply: (volume, region) => cropped(volume, region, "randSpatialCrop"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});
