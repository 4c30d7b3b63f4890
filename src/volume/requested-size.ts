import { OptionError } from "../errors.ts";

/**
 * The size on each axis of an image: one number is for all axes; axes with 0 or less, or beyond the list, have the
 * image's size.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a size of more than 1 voxel on an axis that the image does not have
 */
export function requestedSize(requested: number | readonly number[] | undefined, shape: readonly number[]): number[] {
  if (typeof requested === "object" && requested.some((size, axis) => axis >= shape.length && size > 1)) {
    throw new OptionError(
      "VOXRX_BAD_OPTION",
      `a size of ${requested.length} axes, [${requested}], does not fit an image of ${shape.length} axes`,
      { remedy: `Give one size for all axes, or ${shape.length}; process 2D and 3D images separately.` },
    );
  }
  return shape.map((n, axis) => {
    const size = typeof requested === "object" ? requested[axis] : requested;
    return size !== undefined && size > 0 ? size : n;
  });
}
