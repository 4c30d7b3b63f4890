import { partsOperator } from "../../src/operator/parts-operator.ts";
import { countSchema } from "../../src/options.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { type DrawnRegionOptions, drawnRegionRules, drawnRegionShape, drawRegion } from "./shared/drawn-region.ts";

/** Options of {@link randSpatialCropSamples}. */
export interface RandSpatialCropSamplesOptions extends DrawnRegionOptions {
  /** Crops of each item. */
  readonly numSamples: number;
}

/**
 * Several crops of each item, as items of their own: each drawn as by {@link randSpatialCrop}. Views: no sample is
 * copied, and the affine follows. Volumes say which crop they are in `meta.patchIndex`. An indexed dataset stays
 * indexed, `numSamples` times as long. Random: drawn are the regions (MONAI: `RandSpatialCropSamples`).
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
