/** Sizes of voxels as options name them. */
import { z } from "zod";
import { PipelineError } from "../../../src/errors.ts";
import type { Volume } from "../../../src/volume/volume.ts";

const step = z.number().positive();

/** Checks voxel sizes: one for all axes, or one per axis. */
export const voxelSizeSchema = z.union([step, z.array(step).min(2).max(3)]);

/** A voxel's size along each spatial axis. */
export function voxelSize({ spatialShape }: Volume, given: number | readonly number[]): readonly number[] {
  const sizes = typeof given === "number" ? spatialShape.map(() => given) : given;
  if (sizes.length === spatialShape.length) return sizes;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a voxel size of ${sizes.length} numbers does not fit an image of ${spatialShape.length} spatial axes`,
    { remedy: "Give one number for all axes, or one for each." },
  );
}
