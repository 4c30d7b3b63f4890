import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { flipped, spatialAxisSchema } from "./flip.ts";

/** Options of {@link randFlip}. */
export interface RandFlipOptions<K extends string = never> extends FieldOptions<K> {
  /** Probability that an item is flipped. Default 0.1. */
  readonly prob?: number;
  /** Axes to reverse, all together: 0 is x, -1 the last. Default: all. */
  readonly spatialAxis?: number | readonly number[];
}

/**
 * Reverses axes of images at random: {@link flip} with probability `prob`, all fields of an item or none. A view, with the affine
 * corrected. Random: drawn is whether (MONAI: `RandFlip`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randFlip } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randFlip({ keys: ["image", "label"], prob: 0.5, spatialAxis: 0 }));
 * ```
 */
export function randFlip<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandFlipOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randFlip", schema, options);
  const { prob, spatialAxis } = checked;
  return randomVolumeTransform<{ readonly spatialAxis: number | readonly number[] | undefined }, K, T>({
    name: "randFlip",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob,
    draw: () => ({ spatialAxis }),
    apply: (volume, drawn) => flipped(volume, drawn.spatialAxis),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  prob: probabilitySchema.default(0.1),
  spatialAxis: spatialAxisSchema.optional(),
});
