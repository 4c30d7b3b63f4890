import type { Region } from "../../../src/volume/region.ts";

/** The box of an image of `shape` for a box of a plane of it: it spans the whole axis that the plane does not have. */
export function withAxis({ start, end }: Region, axis: number, shape: readonly number[]): Region {
  return { start: start.toSpliced(axis, 0, 0), end: end.toSpliced(axis, 0, shape[axis] ?? 1) };
}
