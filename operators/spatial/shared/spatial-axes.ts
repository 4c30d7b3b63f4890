/** Spatial axes as options name them. */
import { z } from "zod";

/** Checks an axis or several: 0 to 2, or -1 to -3 counted from the last. */
export const spatialAxisSchema = z.union([z.int().min(-3).max(2), z.array(z.int().min(-3).max(2)).min(1).max(3)]);

/** The axes that are named, 0 being x, each once; all of them where none is. */
export function axesOf(spatialAxis: number | readonly number[] | undefined, rank: number): number[] {
  if (spatialAxis === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  return [...new Set([spatialAxis].flat().map((axis) => (axis < 0 ? axis + rank : axis)))];
}
