/** Sizes that are shares of an image's. */
import { z } from "zod";

/** Checks shares of an image's size. */
export const scaleSchema = z.union([z.number().positive(), z.array(z.number().positive()).min(1).max(3)]);

/** So many voxels of each axis, rounded up; an axis without a share stays whole. */
export function scaledSize(scale: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => Math.ceil(n * shareOn(scale, axis)));
}

/** The share of an axis that is kept. */
export function shareOn(scale: number | readonly number[], axis: number): number {
  return typeof scale === "number" ? scale : (scale[axis] ?? 1);
}
