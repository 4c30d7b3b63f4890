/** Ranges to draw numbers from. */
import * as v from "valibot";
import { numberSchema } from "../options.ts";
import type { Random } from "./random.ts";

/** A range to draw from uniformly: `[low, high]`, or one number r for -r to r. */
export type UniformRange = number | readonly [low: number, high: number];

/** Checks `[low, high]`, where each end must match the schema `end`. */
export function pairSchema(end: v.GenericSchema<number>) {
  return v.pipe(
    v.strictTuple([end, end]),
    v.check(([low, high]) => low <= high, "the lower end of a range comes first"),
  );
}

/** Checks a range; returns its ends, the lower one first. */
export const rangeSchema = v.union([
  v.pipe(
    numberSchema,
    v.transform((reach): [number, number] => [-Math.abs(reach), Math.abs(reach)]),
  ),
  pairSchema(numberSchema),
]);

/** Draws one number from each range, uniformly. */
export function drawEach(random: Random, ranges: readonly (readonly [number, number])[]): number[] {
  return ranges.map(([low, high]) => random.uniform(low, high));
}
