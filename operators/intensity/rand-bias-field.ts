import * as v from "valibot";
import { applyBiasField, coefficientCount } from "../../src/kernels/bias-field.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { integerSchema, numberSchema } from "../../src/options.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";

/** Options of {@link randBiasField}. */
export interface RandBiasFieldOptions extends RandomOptions {
  /** Degree of the polynomial, from 1 to 20. Default 3: 20 coefficients in 3D, 10 in 2D. */
  readonly degree?: number;
  /** Range of the coefficients, `[low, high]`. Default `[0, 0.1]`. */
  readonly coeffRange?: readonly [low: number, high: number];
}

/**
 * Multiplies images by a smooth field with probability `prob`, as the coils of an MRI scanner do: `exp` of a sum of
 * products of Legendre polynomials over an image that runs from -1 to 1 along each axis, all products of at most
 * `degree`, the same for all channels and fields. Shape and affine stay; the result is float32, also for items without
 * a field. NaN stays. Random: draws whether to apply it, and the coefficients uniformly. In 2D, MONAI uses the products
 * x^i y^j with j up to i, so that no field varies along y alone; here the products with i + j up to `degree` are used
 * (MONAI: `RandBiasField`; Van Leemput et al. 1999).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randBiasField } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randBiasField({ keys: "image", coeffRange: [0, 0.3], prob: 0.3 }));
 * ```
 */
export const randBiasField = randomVolumeOperator<RandBiasFieldOptions>()({
  name: "randBiasField",
  version: 3,
  retains: false,
  options: {
    degree: v.optional(v.pipe(integerSchema, v.minValue(1), v.maxValue(20)), 3),
    coeffRange: v.optional(pairSchema(numberSchema), [0, 0.1]),
  },
  draw: (random, { degree, coeffRange }, volumes) => {
    const axes = Math.max(...volumes.map(({ spatialShape }) => spatialShape.length));
    const length = coefficientCount(degree, axes);
    return { coefficients: Array.from({ length }, () => random.uniform(...coeffRange)) };
  },
  apply: (volume, { coefficients }, { degree }) => biased(volume, degree, coefficients),
  otherwise: asFloat32,
});

/**
 * Returns the image times the field with these coefficients: those of x^i y^j z^k, i slowest, k fastest, i + j + k up
 * to `degree`.
 */
export function biased(volume: Volume, degree: number, coefficients: readonly number[]): Volume {
  return volume.withSamples({ data: applyBiasField(volume, degree, coefficients), layout: "x-fastest" });
}
