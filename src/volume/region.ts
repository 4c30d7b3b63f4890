/** Regions of an image in voxels: how sizes asked for become boxes inside of it. */

/** A box: voxels from `start` up to, but not including, `end` on each axis. */
export interface Region {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/**
 * The size of a crop on each axis of an image. One number serves all axes; axes that are not named, and -1 or 0, keep their size;
 * what is larger than the image is the image.
 */
export function cropSize(asked: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => {
    const size = typeof asked === "number" ? asked : (asked[axis] ?? -1);
    return size > 0 ? Math.min(size, n) : n;
  });
}

/** The box of `size` around `centre`, MONAI's way: from centre - size // 2, moved up to 0, cut at the image's end. */
export function regionAround(centre: readonly number[], size: readonly number[], shape: readonly number[]): Region {
  const start = shape.map((n, axis) => {
    const asked = size[axis] ?? -1;
    return asked > 0 ? Math.max(Math.floor(centre[axis] ?? n / 2) - Math.floor(asked / 2), 0) : 0;
  });
  const end = shape.map((n, axis) => {
    const asked = size[axis] ?? -1;
    return asked > 0 ? Math.min(start[axis]! + asked, n) : n;
  });
  return { start, end };
}

/** The box in the middle: from n // 2 - size // 2. */
export function centreRegion(asked: number | readonly number[], shape: readonly number[]): Region {
  const size = typeof asked === "number" ? shape.map(() => asked) : asked;
  return regionAround(
    shape.map((n) => Math.floor(n / 2)),
    size,
    shape,
  );
}

/** Whether a box holds no voxel. */
export function isEmptyRegion({ start, end }: Region): boolean {
  return start.some((from, axis) => from >= end[axis]!);
}
