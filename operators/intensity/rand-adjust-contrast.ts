import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { numberSchema } from "../../src/options.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { randomVolumeOperator } from "../declare.ts";
import { contrastAdjusted } from "./adjust-contrast.ts";

/** Options of {@link randAdjustContrast}. */
export interface RandAdjustContrastOptions extends RandomOptions {
  /** Range of gamma, above 0: `[low, high]`, or from 0.5 to one number above 0.5. Default `[0.5, 4.5]`. */
  readonly gamma?: number | readonly [low: number, high: number];
  /** Apply the power to the negative of the image. Default false. */
  readonly invertImage?: boolean;
  /** Restore the image's mean and standard deviation afterwards. Default false. */
  readonly retainStats?: boolean;
}

/**
 * Raises the values of images, scaled to 0 to 1, to a power gamma, with probability `prob`. The minimum and the maximum
 * stay. Shape and affine stay; the result is float32, also for items that are not changed. A constant image keeps its
 * value; NaN is ignored and stays. Random: draws whether to apply it, and gamma uniformly, shared by all fields of an
 * item (MONAI: `RandAdjustContrast`).
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
  version: 4,
  retains: false,
  options: {
    gamma: v.optional(
      v.union([
        v.pipe(
          numberSchema,
          v.gtValue(0.5),
          v.transform((most): [number, number] => [0.5, most]),
        ),
        pairSchema(v.pipe(numberSchema, v.gtValue(0))),
      ]),
      [0.5, 4.5],
    ),
    invertImage: v.optional(v.boolean(), false),
    retainStats: v.optional(v.boolean(), false),
  },
  draw: (random, { gamma }) => ({ gamma: random.uniform(...gamma) }),
  apply: (volume, { gamma }, options) => contrastAdjusted(volume, { ...options, gamma }),
  otherwise: asFloat32,
});
