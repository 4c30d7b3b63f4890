import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, roiSizeSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { padVolume } from "../../src/volume/pad.ts";
import { centreRegion } from "../../src/volume/region.ts";
import { isPlainPadding, marginsTo, type PadOptions, padShape } from "./spatial-pad.ts";

/** Options of {@link resizeWithPadOrCrop}. */
export interface ResizeWithPadOrCropOptions<K extends string = never> extends FieldOptions<K>, PadOptions {
  /** Size in voxels: one number for all axes, or one per axis; -1 keeps an axis. */
  readonly spatialSize: number | readonly number[];
}

/**
 * Brings images to a size without resampling: keeps the middle of axes that are longer, adds voxels around those that are shorter.
 * The affine follows, so that no voxel moves in the world; the element type is as in {@link spatialPad}. A view where nothing is
 * added. Deterministic (MONAI: `ResizeWithPadOrCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { resizeWithPadOrCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(resizeWithPadOrCrop({ spatialSize: [160, 160, 96] }));
 * ```
 */
export function resizeWithPadOrCrop<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ResizeWithPadOrCropOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("resizeWithPadOrCrop", schema, options);
  const { spatialSize, mode, value, method } = checked;
  return volumeTransform<K, T>({
    name: "resizeWithPadOrCrop",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: isPlainPadding(checked),
    each: (volume) => {
      const { start, end } = centreRegion(spatialSize, volume.spatialShape);
      const middle = volume.crop(start, end);
      const margins = marginsTo(middle, spatialSize, method);
      const result = padVolume(middle, margins, mode, value);
      return withApplied(result, "resizeWithPadOrCrop", volume, { start, end, ...margins });
    },
  });
}

const schema = z.strictObject({
  ...fieldShape,
  spatialSize: roiSizeSchema,
  ...padShape,
});
