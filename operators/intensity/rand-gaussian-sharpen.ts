import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { numberSchema } from "../../src/options.ts";
import { drawEach, pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { randomVolumeOperator } from "../declare.ts";
import { sharpened } from "./gaussian-sharpen.ts";
import { type SigmaRange, sigmaRangeSchema, smoothedFrom } from "./shared/sigma.ts";

/** Options of {@link randGaussianSharpen}. */
export interface RandGaussianSharpenOptions extends RandomOptions {
  /** Range of the first standard deviation along x, in voxels. Default `[0.5, 1]`. */
  readonly sigma1X?: SigmaRange;
  /** The same along y. Default `[0.5, 1]`. */
  readonly sigma1Y?: SigmaRange;
  /** The same along z. Default `[0.5, 1]`. */
  readonly sigma1Z?: SigmaRange;
  /**
   * Range of the second standard deviation along x, in voxels. One number is the lower end of a range up to the first
   * standard deviation that was drawn. Default 0.5.
   */
  readonly sigma2X?: number | SigmaRange;
  /** The same along y. Default 0.5. */
  readonly sigma2Y?: number | SigmaRange;
  /** The same along z. Default 0.5. */
  readonly sigma2Z?: number | SigmaRange;
  /** Range of the weight of the detail. Default `[10, 30]`. */
  readonly alpha?: readonly [low: number, high: number];
}

const firstSchema = v.optional(sigmaRangeSchema, [0.5, 1]);
const secondSchema = v.optional(v.union([v.pipe(numberSchema, v.minValue(0)), sigmaRangeSchema]), 0.5);

/**
 * Sharpens images with probability `prob`, all fields of an item in the same way: the result is the image smoothed
 * once, plus `alpha` times the detail that a second smoothing removes. Zeros are assumed around the image. Shape and
 * affine stay; the result is float32, also for items that are not sharpened. NaN spreads as far as the weights reach.
 * Random: draws whether to apply it, three standard deviations for each smoothing, and alpha, all uniformly (MONAI:
 * `RandGaussianSharpen` with `approx="erf"`).
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
export const randGaussianSharpen = randomVolumeOperator<RandGaussianSharpenOptions>()({
  name: "randGaussianSharpen",
  version: 1,
  retains: false,
  options: {
    sigma1X: firstSchema,
    sigma1Y: firstSchema,
    sigma1Z: firstSchema,
    sigma2X: secondSchema,
    sigma2Y: secondSchema,
    sigma2Z: secondSchema,
    alpha: v.optional(pairSchema(numberSchema), [10, 30]),
  },
  rules: [
    {
      test: ({ sigma1X, sigma1Y, sigma1Z, sigma2X, sigma2Y, sigma2Z }) =>
        isWithin(sigma2X, sigma1X) && isWithin(sigma2Y, sigma1Y) && isWithin(sigma2Z, sigma1Z),
      fault: "a sigma2 that is one number must not be above its sigma1",
    },
  ],
  draw: (random, { sigma1X, sigma1Y, sigma1Z, sigma2X, sigma2Y, sigma2Z, alpha }) => {
    const sigma1 = drawEach(random, [sigma1X, sigma1Y, sigma1Z]);
    const sigma2 = [sigma2X, sigma2Y, sigma2Z].map((second, axis) =>
      typeof second === "number" ? random.uniform(second, sigma1[axis] ?? second) : random.uniform(...second),
    );
    return { sigma1, sigma2, alpha: random.uniform(...alpha) };
  },
  apply: sharpened,
  otherwise: asFloat32,
  region: (box, { params: { sigma1, sigma2 }, input }) => smoothedFrom(box, input.shape, sigma1, sigma2),
});

/** Whether the second standard deviation's lower end is never above the first one, whatever was drawn for that. */
function isWithin(second: number | SigmaRange, [low]: SigmaRange): boolean {
  return typeof second !== "number" || second <= low;
}
