import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, countSchema, fieldShape, probabilitySchema } from "../../src/options.ts";
import { planeSchema, turned } from "./rotate90.ts";

/** Options of {@link randRotate90}. */
export interface RandRotate90Options<K extends string = never> extends FieldOptions<K> {
  /** Probability that an item is turned. Default 0.1. */
  readonly prob?: number;
  /** The most quarter turns: 1 to `maxK` are drawn evenly. Default 3. */
  readonly maxK?: number;
  /** The two axes to turn, from the first towards the second: 0 is x, -1 the last. Default `[0, 1]`. */
  readonly spatialAxes?: readonly [number, number];
}

/**
 * Turns images by 1 to `maxK` quarter turns with probability `prob`: {@link rotate90}, all fields of an item alike. A view, with
 * the affine corrected. Random: drawn are whether, and the turns (MONAI: `RandRotate90`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randRotate90 } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randRotate90({ keys: ["image", "label"], prob: 0.5, spatialAxes: [0, 1] }));
 * ```
 */
export function randRotate90<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandRotate90Options<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randRotate90", schema, options);
  return randomVolumeTransform<{ readonly k: number }, K, T>({
    name: "randRotate90",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob: checked.prob,
    draw: (random) => ({ k: 1 + random.integer(checked.maxK) }),
    apply: (volume, { k }) => turned(volume, k, checked.spatialAxes),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  prob: probabilitySchema.default(0.1),
  maxK: countSchema.default(3),
  spatialAxes: planeSchema.default([0, 1]),
});
