/** Ranges that numbers are drawn from. */
import { z } from "zod";
import type { Random } from "./random.ts";

/** What is drawn from, evenly: `[low, high]`, or from -r to r for one number r. */
export type UniformRange = number | readonly [low: number, high: number];

/** Checks `[low, high]`, of which each end must be an `end`. */
export function pairSchema(end: z.ZodNumber) {
  return z.tuple([end, end]).refine(([low, high]) => low <= high, "the lower end of a range comes first");
}

/** Checks a range; gives its ends, the lower first. */
export const rangeSchema = z.union([
  z.number().transform((reach): [number, number] => [-Math.abs(reach), Math.abs(reach)]),
  pairSchema(z.number()),
]);

/** One number from each range. */
export function drawEach(random: Random, ranges: readonly (readonly [number, number])[]): number[] {
  return ranges.map(([low, high]) => random.uniform(low, high));
}
