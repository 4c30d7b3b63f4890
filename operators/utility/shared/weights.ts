/** Weights of things to choose from. */
import { z } from "zod";
import type { Random } from "../../../src/random/random.ts";

/** The schema of weights for `count` operators. */
export function weightsSchema(count: number) {
  return z
    .array(z.number().min(0))
    .length(count, `give one weight for each of the ${count} operators`)
    .refine((weights) => weights.some((weight) => weight > 0), "one weight must be above 0");
}

/** A position, drawn with a probability in proportion to its weight. */
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
