import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link rotate90}. */
export interface Rotate90Options<K extends string = never> extends FieldOptions<K> {
  /** Quarter turns; negative ones turn the other way. Default 1. */
  readonly k?: number;
  /** The two axes to turn, from the first towards the second: 0 is x, -1 the last. Default `[0, 1]`. */
  readonly spatialAxes?: readonly [number, number];
}

/**
 * Turns images by quarter turns in the plane of two axes, as NumPy's `rot90`. Odd `k` exchanges the sizes of the two axes. A view:
 * no sample is copied, and the affine follows, so that no voxel moves in the world. Deterministic (MONAI: `Rotate90`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { rotate90 } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(rotate90({ k: 1, spatialAxes: [0, 2] }));
 * ```
 */
export function rotate90<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: Rotate90Options<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("rotate90", schema, options);
  return volumeTransform<K, T>({
    name: "rotate90",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume) => turned(volume, checked.k, checked.spatialAxes),
  });
}

/** Checks the two axes of a plane. */
export const planeSchema = z
  .tuple([z.int().min(-3).max(2), z.int().min(-3).max(2)])
  .refine(([from, to]) => from !== to, "a plane has two different axes");

const schema = z.strictObject({
  ...fieldShape,
  k: z.int().default(1),
  spatialAxes: planeSchema.default([0, 1]),
});

/** The image turned by `k` quarter turns, noted on it. */
export function turned(volume: Volume, k: number, spatialAxes: readonly [number, number]): Volume {
  const rank = volume.spatialShape.length;
  const [from = 0, to = 1] = spatialAxes.map((axis) => (axis < 0 ? axis + rank : axis));
  const order = [...volume.spatialShape.keys()].map((axis) => (axis === from ? to : axis === to ? from : axis));
  const turns = ((k % 4) + 4) % 4;
  const params = { k: turns, spatialAxes: [from, to] };
  if (turns === 1) return withApplied(volume.flip([to]).permute(order), "rotate90", volume, params);
  if (turns === 2) return withApplied(volume.flip([from, to]), "rotate90", volume, params);
  if (turns === 3) return withApplied(volume.permute(order).flip([to]), "rotate90", volume, params);
  return withApplied(volume, "rotate90", volume, params);
}
