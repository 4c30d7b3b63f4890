import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { drawEach } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import { type Sharpening, sharpened } from "./gaussian-sharpen.ts";
import { type SigmaRange, sigmaRangeSchema } from "./rand-gaussian-smooth.ts";

/** Options of {@link randGaussianSharpen}. */
export interface RandGaussianSharpenOptions<K extends string = never> extends FieldOptions<K> {
  /** Range of the first standard deviation along x, in voxels. Default `[0.5, 1]`. */
  readonly sigma1X?: SigmaRange;
  /** The same along y. Default `[0.5, 1]`. */
  readonly sigma1Y?: SigmaRange;
  /** The same along z. Default `[0.5, 1]`. */
  readonly sigma1Z?: SigmaRange;
  /** Range of the second standard deviation along x, in voxels; one number: from it to the first that was drawn. Default 0.5. */
  readonly sigma2X?: number | SigmaRange;
  /** The same along y. Default 0.5. */
  readonly sigma2Y?: number | SigmaRange;
  /** The same along z. Default 0.5. */
  readonly sigma2Z?: number | SigmaRange;
  /** Range of the weight of the details. Default `[10, 30]`. */
  readonly alpha?: readonly [low: number, high: number];
  /** Probability that an item is sharpened. Default 0.1. */
  readonly prob?: number;
}

/**
 * Sharpens images with probability `prob`, all fields of an item alike: the image smoothed once, plus `alpha` times what smoothing it
 * again takes away. Zeros are assumed around the image. Shape and affine stay; the result is float32, for items that are not sharpened
 * too. NaN spreads as far as the weights reach. Random: drawn are whether, three standard deviations for each smoothing, and alpha,
 * evenly (MONAI: `RandGaussianSharpen` with `approx="erf"`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randGaussianSharpen } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randGaussianSharpen({ keys: "image", alpha: [1, 5], prob: 0.2 }));
 * ```
 */
export function randGaussianSharpen<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandGaussianSharpenOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randGaussianSharpen", schema, options);
  return randomVolumeTransform<Sharpening, K, T>({
    name: "randGaussianSharpen",
    version: 1,
    options: checked,
    fields: { ...options },
    prob: checked.prob,
    draw: (random) => drawSharpening(random, checked),
    apply: (volume, drawn) => sharpened(volume, drawn),
    otherwise: asFloat32,
  });
}

const firstSchema = sigmaRangeSchema.default([0.5, 1]);
const secondSchema = z.union([z.number().min(0), sigmaRangeSchema]).default(0.5);
const schema = z
  .strictObject({
    ...fieldShape,
    sigma1X: firstSchema,
    sigma1Y: firstSchema,
    sigma1Z: firstSchema,
    sigma2X: secondSchema,
    sigma2Y: secondSchema,
    sigma2Z: secondSchema,
    alpha: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low <= high, "the lower end of a range comes first")
      .default([10, 30]),
    prob: probabilitySchema.default(0.1),
  })
  .refine(
    ({ sigma1X, sigma1Y, sigma1Z, sigma2X, sigma2Y, sigma2Z }) =>
      [[sigma1X, sigma2X] as const, [sigma1Y, sigma2Y] as const, [sigma1Z, sigma2Z] as const].every(
        ([first, second]) => typeof second !== "number" || second <= first[0],
      ),
    "a sigma2 that is one number must not be above its sigma1",
  );

function drawSharpening(random: Random, options: z.output<typeof schema>): Sharpening {
  const sigma1 = drawEach(random, [options.sigma1X, options.sigma1Y, options.sigma1Z]);
  const sigma2 = [options.sigma2X, options.sigma2Y, options.sigma2Z].map((second, axis) =>
    typeof second === "number" ? random.uniform(second, sigma1[axis] ?? second) : random.uniform(...second),
  );
  return { sigma1, sigma2, alpha: random.uniform(...options.alpha) };
}
