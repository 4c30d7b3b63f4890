/** Regions of an image in voxels: converts requested sizes to boxes inside the image. */
import { requestedSize } from "./requested-size.ts";

/** A box: voxels from `start` up to, but not including, `end` on each axis. */
export interface Region {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/** The size of a crop on each axis of an image: that of {@link requestedSize}, cut to the image. */
export function cropSize(requested: number | readonly number[], shape: readonly number[]): number[] {
  return requestedSize(requested, shape).map((size, axis) => Math.min(size, shape[axis] ?? size));
}

/**
 * The box of `size` around `center`, computed as in MONAI: it starts at center - size // 2, raised to at least 0, and
 * is cut at the image's end.
 */
export function regionAround(center: readonly number[], size: readonly number[], shape: readonly number[]): Region {
  const start = shape.map((n, axis) => {
    const requested = size[axis] ?? -1;
    return requested > 0 ? Math.max(Math.floor(center[axis] ?? n / 2) - Math.floor(requested / 2), 0) : 0;
  });
  const end = shape.map((n, axis) => {
    const requested = size[axis] ?? -1;
    return requested > 0 ? Math.min(start[axis]! + requested, n) : n;
  });
  return { start, end };
}

/** The box in the center: it starts at n // 2 - size // 2. */
export function centerRegion(requested: number | readonly number[], shape: readonly number[]): Region {
  return regionAround(
    shape.map((n) => Math.floor(n / 2)),
    requestedSize(requested, shape),
    shape,
  );
}

/** Whether a box has no voxels. */
export function isEmptyRegion({ start, end }: Region): boolean {
  return start.some((from, axis) => from >= end[axis]!);
}
