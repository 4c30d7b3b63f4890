import { z } from "zod";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import { contrastAdjusted } from "./adjust-contrast.ts";

/** Options of {@link randAdjustContrast}. */
export interface RandAdjustContrastOptions extends RandomOptions {
  /** Range of gamma, above 0: `[low, high]`, or from 0.5 to one number above 0.5. Default `[0.5, 4.5]`. */
  readonly gamma?: number | readonly [low: number, high: number];
  /** Change the negative of the image instead. Default false. */
  readonly invertImage?: boolean;
  /** Bring mean and standard deviation back to what they were. Default false. */
  readonly retainStats?: boolean;
}

/**
 * Raises the values of images, scaled to 0 to 1, to a power gamma, with probability `prob`: the least and the greatest
 * value stay. Shape and affine stay; the result is float32, for items that are not changed too. A constant image keeps
 * its value; NaN takes no part and stays. Random: drawn are whether, and gamma evenly, shared by all fields of an item
 * (MONAI: `RandAdjustContrast`).
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
export const randAdjustContrast = randomVolumeOperator<RandAdjustContrastOptions>()({
  name: "randAdjustContrast",
  version: 2,
  options: {
    gamma: z
      .union([
        z
          .number()
          .gt(0.5)
          .transform((most): [number, number] => [0.5, most]),
        pairSchema(z.number().gt(0)),
      ])
      .default([0.5, 4.5]),
    invertImage: z.boolean().default(false),
    retainStats: z.boolean().default(false),
  },
  draw: (random, { gamma }) => ({ gamma: random.uniform(...gamma) }),
  apply: (volume, { gamma }, options) => contrastAdjusted(volume, { ...options, gamma }),
  otherwise: asFloat32,
});
