import type { FieldOptions, ItemOf, VolumeOrFields } from "../../src/dataset/fields.ts";
import { volumeFan } from "../../src/dataset/volume-fan.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import type { Region } from "../../src/volume/region.ts";
import { commonShape } from "../../src/volume/shared-shape.ts";
import { drawRegion, isSizeOrdered, randCropShape, sizesInOrder } from "./rand-spatial-crop.ts";
import { cropped } from "./spatial-crop.ts";

/** Options of {@link randSpatialCropSamples}. */
export interface RandSpatialCropSamplesOptions<K extends string = never> extends FieldOptions<K> {
  /**
   * Size in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. With `randomSize` the smallest that is
   * drawn.
   */
  readonly roiSize: number | readonly number[];
  /** Crops of each item. */
  readonly numSamples: number;
  /** With `randomSize` the largest size that is drawn, as `roiSize`; -1 is the image's size. Default: the image's size. */
  readonly maxRoiSize?: number | readonly number[];
  /** Draw where each region lies. Default true; false: in the middle. */
  readonly randomCenter?: boolean;
  /** Draw the size on each axis. Default false: it is `roiSize`. */
  readonly randomSize?: boolean;
}

/**
 * Several crops of each item, as items of their own: each drawn as by {@link randSpatialCrop}. Views: no sample is copied, and the affine
 * follows. Volumes say which crop they are in `meta.patchIndex`. An indexed dataset stays indexed, `numSamples` times as long. Random
 * (MONAI: `RandSpatialCropSamples`).
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
export function randSpatialCropSamples<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandSpatialCropSamplesOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randSpatialCropSamples", schema, options);
  const { numSamples } = checked;
  return volumeFan<Region, K, T>({
    name: "randSpatialCropSamples",
    options: checked,
    fields: { ...options },
    count: numSamples,
    draw: (random, volumes) => {
      const shape = commonShape(volumes);
      return Array.from({ length: numSamples }, () => drawRegion(random, shape, checked));
    },
    apply: (volume, region) => cropped(volume, region, "randSpatialCropSamples"),
  });
}

const schema = randCropShape
  .extend({ numSamples: countSchema })
  .refine(({ maxRoiSize, randomSize }) => maxRoiSize === undefined || randomSize, "maxRoiSize needs randomSize: true")
  .refine(isSizeOrdered, sizesInOrder);
