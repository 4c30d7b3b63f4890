import { countSchema } from "../../src/options.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import { partsOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { type DrawnRegionOptions, drawnRegionRules, drawnRegionShape, drawRegion } from "./shared/drawn-region.ts";

/** Options of {@link randSpatialCropSamples}. */
export interface RandSpatialCropSamplesOptions extends DrawnRegionOptions {
  /** Number of crops of each item. */
  readonly numSamples: number;
}

/**
 * Cuts several crops out of each item, each as a separate item and drawn as in {@link randSpatialCrop}. Views: no
 * sample is copied, and the affine is updated. `meta.patchIndex` is the number of the crop, from 0. An indexed dataset
 * stays indexed, `numSamples` times as long. Random: the regions are drawn (MONAI: `RandSpatialCropSamples`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randSpatialCropSamples } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randSpatialCropSamples({ keys: ["image", "label"], roiSize: 64, numSamples: 4 }));
 * ```
 */
export const randSpatialCropSamples = partsOperator<RandSpatialCropSamplesOptions>()({
  name: "randSpatialCropSamples",
  version: 1,
  retains: false,
  options: { ...drawnRegionShape, numSamples: countSchema },
  rules: drawnRegionRules,
  count: ({ numSamples }) => numSamples,
  draw: (random, options, volumes) => {
    const shape = commonShape(volumes);
    return Array.from({ length: options.numSamples }, () => drawRegion(random, shape, options));
  },
  apply: (volume, region) => cropped(volume, region, "randSpatialCropSamples"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});
