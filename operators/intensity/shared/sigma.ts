/** Standard deviations of Gaussians, in voxels, as options name them. */
import { z } from "zod";
import { gaussianWeights } from "../../../src/kernels/gaussian.ts";
import { pairSchema } from "../../../src/random/ranges.ts";
import type { Region } from "../../../src/volume/region.ts";
import { widenedRegion } from "../../../src/volume/widened-region.ts";

/** Checks standard deviations: one for all axes, or one per axis. */
export const sigmaSchema = z.union([z.number().min(0), z.array(z.number().min(0)).min(1).max(3)]);

/** Range of a standard deviation, in voxels. */
export type SigmaRange = readonly [low: number, high: number];

/** Checks a range of standard deviations. */
export const sigmaRangeSchema = pairSchema(z.number().min(0));

/**
 * The box that a box of an image is made of by smoothings one after the other, each with a standard deviation for each
 * axis.
 */
export function smoothedFrom(
  box: Region,
  shape: readonly number[],
  ...smoothings: readonly (readonly number[])[]
): Region {
  const reach = shape.map((n, axis) => smoothings.reduce((sum, sigmas) => sum + reachOf(sigmas[axis] ?? 0, n), 0));
  return widenedRegion(box, reach, shape);
}

/** How many voxels to either side weights reach along an axis of `n` voxels. */
function reachOf(sigma: number, n: number): number {
  return sigma > 0 ? (gaussianWeights(sigma, n - 1).length - 1) / 2 : 0;
}
