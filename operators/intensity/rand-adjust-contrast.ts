import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import { contrastAdjusted } from "./adjust-contrast.ts";

/** Options of {@link randAdjustContrast}. */
export interface RandAdjustContrastOptions<K extends string = never> extends FieldOptions<K> {
  /** Probability that an item is changed. Default 0.1. */
  readonly prob?: number;
  /** Range of gamma, above 0: `[low, high]`, or from 0.5 to one number above 0.5. Default `[0.5, 4.5]`. */
  readonly gamma?: number | readonly [low: number, high: number];
  /** Change the negative of the image instead. Default false. */
  readonly invertImage?: boolean;
  /** Bring mean and standard deviation back to what they were. Default false. */
  readonly retainStats?: boolean;
}

/**
 * Raises the values of images, brought to 0 to 1, to a power gamma, with probability `prob`: the least and the greatest value stay.
 * Shape and affine stay; the result is float32, for items that are not changed too. A constant image keeps its value;
 * NaN takes no part and stays. Random: drawn are whether, and gamma evenly, shared by all fields of an item (MONAI: `RandAdjustContrast`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randAdjustContrast } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randAdjustContrast({ keys: "image", gamma: [0.7, 1.5], retainStats: true, prob: 0.3 }));
 * ```
 */
export function randAdjustContrast<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandAdjustContrastOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randAdjustContrast", schema, options);
  const { prob, gamma } = checked;
  return randomVolumeTransform<{ readonly gamma: number }, K, T>({
    name: "randAdjustContrast",
    version: 2,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random) => ({ gamma: random.uniform(...gamma) }),
    apply: (volume, drawn) => contrastAdjusted(volume, { ...checked, ...drawn }),
    otherwise: asFloat32,
  });
}

const schema = z.strictObject({
  ...fieldShape,
  prob: probabilitySchema.default(0.1),
  gamma: z
    .union([
      z
        .number()
        .gt(0.5)
        .transform((most): [number, number] => [0.5, most]),
      z
        .tuple([z.number().gt(0), z.number().gt(0)])
        .refine(([low, high]) => low <= high, "the lower end of a range comes first"),
    ])
    .default([0.5, 4.5]),
  invertImage: z.boolean().default(false),
  retainStats: z.boolean().default(false),
});
