/** Options for voxel sizes. */
import * as v from "valibot";
import { PipelineError } from "../../../src/errors.ts";
import { numberSchema } from "../../../src/options.ts";
import type { Volume } from "../../../src/volume/volume.ts";

const step = v.pipe(numberSchema, v.gtValue(0));

/** Checks voxel sizes: one for all axes, or one per axis. */
export const voxelSizeSchema = v.union([step, v.pipe(v.array(step), v.minLength(2), v.maxLength(3))]);

/** Returns the voxel size along each spatial axis. */
export function voxelSize({ spatialShape }: Volume, given: number | readonly number[]): readonly number[] {
  const sizes = typeof given === "number" ? spatialShape.map(() => given) : given;
  if (sizes.length === spatialShape.length) return sizes;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `expected one voxel size for each of the image's ${spatialShape.length} spatial axes, got ${sizes.length}`,
    { remedy: "Give one number for all axes, or one for each." },
  );
}
