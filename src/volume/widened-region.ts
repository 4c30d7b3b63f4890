import type { Region } from "./region.ts";

/** The box extended by `reach` voxels to either side along each axis, cut to an image of the given shape. */
export function widenedRegion({ start, end }: Region, reach: readonly number[], shape: readonly number[]): Region {
  return {
    start: start.map((from, axis) => Math.max(0, from - (reach[axis] ?? 0))),
    end: end.map((to, axis) => Math.min(shape[axis] ?? to, to + (reach[axis] ?? 0))),
  };
}
