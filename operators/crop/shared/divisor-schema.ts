import * as v from "valibot";
import { integerSchema } from "../../../src/options.ts";

/** Checks divisors of sizes: one, or one per axis. 0, a negative number and null leave an axis as it is, as 1 does. */
export const divisorSchema = v.union([
  v.pipe(
    integerSchema,
    v.transform((divisor) => divisorOrOne(divisor)),
  ),
  v.pipe(
    v.array(
      v.pipe(
        v.nullable(integerSchema),
        v.transform((divisor) => divisorOrOne(divisor)),
      ),
    ),
    v.minLength(1),
    v.maxLength(3),
  ),
]);

function divisorOrOne(divisor: number | null): number {
  return divisor !== null && divisor > 0 ? divisor : 1;
}
