/** Boxes around voxels that are drawn, moved inside of the image (MONAI: `correct_crop_centers`). */
import { PipelineError } from "../errors.ts";
import { cropSize, type Region } from "./region.ts";

/**
 * The box of `size` around a voxel, moved as far as it must be to lie in the image.
 *
 * @param asked size in voxels; -1 keeps an axis whole
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when the image is smaller than the box, unless `allowSmaller`
 */
export function boxAround(
  centre: readonly number[],
  asked: number | readonly number[],
  shape: readonly number[],
  allowSmaller: boolean,
): Region {
  const wanted = shape.map((n, axis) => (typeof asked === "number" ? asked : (asked[axis] ?? -1)) || n);
  if (!allowSmaller && wanted.some((size, axis) => size > shape[axis]!)) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `an image of [${shape}] is smaller than the crop of [${wanted}]`, {
      remedy: "Pad it before (spatialPad), ask for less, or set allowSmaller: true.",
    });
  }
  const size = cropSize(asked, shape);
  const start = size.map((length, axis) => {
    const half = Math.floor(length / 2);
    return Math.min(Math.max((centre[axis] ?? 0) - half, 0), shape[axis]! - length);
  });
  return { start, end: start.map((from, axis) => from + size[axis]!) };
}

/** A voxel by its number, z fastest, as NumPy's `unravel_index` has it. */
export function voxelAt(flat: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = flat;
  for (const n of [...shape].reverse()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return place;
}
