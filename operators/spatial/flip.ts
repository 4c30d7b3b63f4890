import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link flip}. */
export interface FlipOptions<K extends string = never> extends FieldOptions<K> {
  /** Axes to reverse: 0 is x, -1 the last. Default: all. */
  readonly spatialAxis?: number | readonly number[];
}

/**
 * Reverses axes of images. A view: shape and element type stay, no sample is copied, and the affine follows, so that no voxel
 * moves in the world. Deterministic (MONAI: `Flip`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { flip } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(flip({ spatialAxis: [0, 1] }));
 * ```
 */
export function flip<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: FlipOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("flip", schema, options);
  return volumeTransform<K, T>({
    name: "flip",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume) => flipped(volume, checked.spatialAxis),
  });
}

/** Checks an axis or several: 0 to 2, or -1 to -3 counted from the last. */
export const spatialAxisSchema = z.union([z.int().min(-3).max(2), z.array(z.int().min(-3).max(2)).min(1).max(3)]);

const schema = z.strictObject({
  ...fieldShape,
  spatialAxis: spatialAxisSchema.optional(),
});

/** The image with axes reversed, noted on it. An axis named twice is reversed once. */
export function flipped(volume: Volume, spatialAxis: number | readonly number[] | undefined): Volume {
  const rank = volume.spatialShape.length;
  const named = spatialAxis === undefined ? [...volume.spatialShape.keys()] : [spatialAxis].flat();
  const axes = [...new Set(named.map((axis) => (axis < 0 ? axis + rank : axis)))];
  return withApplied(volume.flip(axes), "flip", volume, { spatialAxis: axes });
}
