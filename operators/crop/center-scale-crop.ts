import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { centreRegion } from "../../src/volume/region.ts";
import { cropped } from "./spatial-crop.ts";

/** Options of {@link centerScaleCrop}. */
export interface CenterScaleCropOptions<K extends string = never> extends FieldOptions<K> {
  /** Share of each axis to keep, above 0: one number for all axes, or one per axis. */
  readonly roiScale: number | readonly number[];
}

/**
 * Cuts the middle out of images: a share of each axis, rounded up to whole voxels. A view: element type stays, no sample is copied, and the
 * affine follows. Deterministic (MONAI: `CenterScaleCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { centerScaleCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(centerScaleCrop({ roiScale: [0.5, 0.5, 1] }));
 * ```
 */
export function centerScaleCrop<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: CenterScaleCropOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("centerScaleCrop", schema, options);
  return volumeTransform<K, T>({
    name: "centerScaleCrop",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume) => {
      const size = scaledSize(checked.roiScale, volume.spatialShape);
      return cropped(volume, centreRegion(size, volume.spatialShape), "centerScaleCrop");
    },
  });
}

/** Checks shares of an image's size. */
export const scaleSchema = z.union([z.number().positive(), z.array(z.number().positive()).min(1).max(3)]);

const schema = z.strictObject({ ...fieldShape, roiScale: scaleSchema });

/** So many voxels of each axis, rounded up; an axis without a share stays whole. */
export function scaledSize(scale: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => Math.ceil(n * (typeof scale === "number" ? scale : (scale[axis] ?? 1))));
}
