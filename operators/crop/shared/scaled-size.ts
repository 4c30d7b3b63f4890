/** Sizes given as shares of an image's size. */
/** The size in voxels for shares of each axis, rounded up; an axis without a share stays whole. */
export function scaledSize(scale: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => Math.ceil(n * shareOn(scale, axis)));
}

/** The share of an axis to keep. */
export function shareOn(scale: number | readonly number[], axis: number): number {
  return typeof scale === "number" ? scale : (scale[axis] ?? 1);
}
