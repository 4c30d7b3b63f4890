/** Boxes around random voxels, moved to be inside the image (MONAI: `correct_crop_centers`). */
import { PipelineError } from "../errors.ts";
import { cropSize, type Region } from "./region.ts";
import { requestedSize } from "./requested-size.ts";

/**
 * The box around a voxel, moved as little as possible to be inside the image.
 *
 * @param requested size in voxels; 0, -1 or null is the whole axis
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when the image is smaller than the box, unless `allowSmaller`
 */
export function boxAround(
  center: readonly number[],
  requested: number | readonly number[],
  shape: readonly number[],
  allowSmaller: boolean,
): Region {
  const wanted = requestedSize(requested, shape);
  if (!allowSmaller && wanted.some((size, axis) => size > shape[axis]!)) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `an image of [${shape}] is smaller than the crop of [${wanted}]`, {
      remedy: "Pad it first (spatialPad), request a smaller crop, or set allowSmaller: true.",
    });
  }
  const size = cropSize(requested, shape);
  const start = size.map((length, axis) => {
    const half = Math.floor(length / 2);
    return Math.min(Math.max((center[axis] ?? 0) - half, 0), shape[axis]! - length);
  });
  return { start, end: start.map((from, axis) => from + size[axis]!) };
}

/** The voxel with a flat index, z fastest, like NumPy's `unravel_index`. */
export function voxelAt(flat: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = flat;
  for (const n of [...shape].reverse()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return place;
}
