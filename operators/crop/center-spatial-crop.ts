import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, roiSizeSchema } from "../../src/options.ts";
import { centreRegion } from "../../src/volume/region.ts";
import { cropped } from "./spatial-crop.ts";

/** Options of {@link centerSpatialCrop}. */
export interface CenterSpatialCropOptions<K extends string = never> extends FieldOptions<K> {
  /** Size to keep in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. */
  readonly roiSize: number | readonly number[];
}

/**
 * Keeps the middle of images: from `n // 2 - size // 2` on each axis. An axis shorter than the size stays whole. A view: no sample
 * is copied, and the affine follows, so that no voxel moves in the world. Deterministic (MONAI: `CenterSpatialCrop`).
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
export function centerSpatialCrop<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: CenterSpatialCropOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("centerSpatialCrop", schema, options);
  return volumeTransform<K, T>({
    name: "centerSpatialCrop",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume) => cropped(volume, centreRegion(checked.roiSize, volume.spatialShape), "centerSpatialCrop"),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  roiSize: roiSizeSchema,
});
