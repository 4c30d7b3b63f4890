/** Options for the standard deviations of Gaussians, in voxels. */
import * as v from "valibot";
import { gaussianWeights } from "../../../src/kernels/gaussian.ts";
import { numberSchema } from "../../../src/options.ts";
import { pairSchema } from "../../../src/random/ranges.ts";
import type { Region } from "../../../src/volume/region.ts";
import { widenedRegion } from "../../../src/volume/widened-region.ts";

/** Checks standard deviations: one for all axes, or one per axis. */
export const sigmaSchema = v.union([
  v.pipe(numberSchema, v.minValue(0)),
  v.pipe(v.array(v.pipe(numberSchema, v.minValue(0))), v.minLength(1), v.maxLength(3)),
]);

/** Range of a standard deviation, in voxels. */
export type SigmaRange = readonly [low: number, high: number];

/** Checks a range of standard deviations. */
export const sigmaRangeSchema = pairSchema(v.pipe(numberSchema, v.minValue(0)));

/**
 * The box of the input that a box of the result depends on, after several smoothings in a row. Each smoothing has one
 * standard deviation per axis.
 */
export function smoothedFrom(
  box: Region,
  shape: readonly number[],
  ...smoothings: readonly (readonly number[])[]
): Region {
  const reach = shape.map((n, axis) => smoothings.reduce((sum, sigmas) => sum + reachOf(sigmas[axis] ?? 0, n), 0));
  return widenedRegion(box, reach, shape);
}

/** How many voxels the weights reach to either side, along an axis of `n` voxels. */
function reachOf(sigma: number, n: number): number {
  return sigma > 0 ? (gaussianWeights(sigma, n - 1).length - 1) / 2 : 0;
}
