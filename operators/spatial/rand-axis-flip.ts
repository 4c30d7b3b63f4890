import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { flipped } from "./flip.ts";

/** Options of {@link randAxisFlip}. */
export interface RandAxisFlipOptions<K extends string = never> extends FieldOptions<K> {
  /** Probability that an item is flipped. Default 0.1. */
  readonly prob?: number;
}

/**
 * Reverses one axis of images, drawn evenly among all, with probability `prob`; all fields of an item alike. A view, with the
 * affine corrected. Random: drawn are whether, and the axis (MONAI: `RandAxisFlip`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randAxisFlip } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(randAxisFlip({ prob: 0.5 }));
 * ```
 */
export function randAxisFlip<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandAxisFlipOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randAxisFlip", schema, options);
  return randomVolumeTransform<{ readonly axis: number }, K, T>({
    name: "randAxisFlip",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob: checked.prob,
    draw: (random, volumes) => ({ axis: random.integer(volumes[0]?.spatialShape.length ?? 1) }),
    apply: (volume, { axis }) => flipped(volume, axis),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  prob: probabilitySchema.default(0.1),
});
