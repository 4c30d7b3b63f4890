/** Options for spatial axes. */
import * as v from "valibot";
import { integerSchema } from "../../../src/options.ts";

/** Checks one or more axes: 0 to 2, or -1 to -3 counted from the last. */
export const spatialAxisSchema = v.union([
  v.pipe(integerSchema, v.minValue(-3), v.maxValue(2)),
  v.pipe(v.array(v.pipe(integerSchema, v.minValue(-3), v.maxValue(2))), v.minLength(1), v.maxLength(3)),
]);

/** The listed axes (0 is x), each once; all axes if the option is undefined. */
export function axesOf(spatialAxis: number | readonly number[] | undefined, rank: number): number[] {
  if (spatialAxis === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  return [...new Set([spatialAxis].flat().map((axis) => (axis < 0 ? axis + rank : axis)))];
}
