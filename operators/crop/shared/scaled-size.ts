/** Sizes given as shares of an image's size. */
import * as v from "valibot";
import { numberSchema } from "../../../src/options.ts";

/** Checks shares of an image's size. 0, a negative number and null keep the whole axis, as 1 does; they become 1. */
export const scaleSchema = v.union([
  v.pipe(
    numberSchema,
    v.transform((share) => shareOrWhole(share)),
  ),
  v.pipe(
    v.array(
      v.pipe(
        v.nullable(numberSchema),
        v.transform((share) => shareOrWhole(share)),
      ),
    ),
    v.minLength(1),
    v.maxLength(3),
  ),
]);

function shareOrWhole(share: number | null): number {
  return share !== null && share > 0 ? share : 1;
}

/** The size in voxels for shares of each axis, rounded up; an axis without a share stays whole. */
export function scaledSize(scale: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => Math.ceil(n * shareOn(scale, axis)));
}

/** The share of an axis to keep. */
export function shareOn(scale: number | readonly number[], axis: number): number {
  return typeof scale === "number" ? scale : (scale[axis] ?? 1);
}
