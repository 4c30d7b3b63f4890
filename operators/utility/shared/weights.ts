/** Drawing by weight. */
import * as v from "valibot";
import { numberSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";

/** The schema of weights for `count` operators. */
export function weightsSchema(count: number) {
  return v.pipe(
    v.array(v.pipe(numberSchema, v.minValue(0))),
    v.length(count, `expected one weight for each of the ${count} operators`),
    v.check((weights) => weights.some((weight) => weight > 0), "at least one weight must be above 0"),
  );
}

/** Draws a position with a probability in proportion to its weight. */
export function drawWeighted(random: Random, weights: readonly number[]): number {
  let rest = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (const [n, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (rest < weight) return n;
    rest -= weight;
    last = n;
  }
  return last;
}
