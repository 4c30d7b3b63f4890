import * as v from "valibot";
import type { integerSchema, numberSchema } from "../../../src/options.ts";

/** Checks one number, or one per axis. 0, a negative number and null leave an axis as it is, as 1 does: they become 1. */
export function positiveOrOne(number: typeof numberSchema | typeof integerSchema) {
  return v.union([
    v.pipe(
      number,
      v.transform((given) => orOne(given)),
    ),
    v.pipe(
      v.array(
        v.pipe(
          v.nullable(number),
          v.transform((given) => orOne(given)),
        ),
      ),
      v.minLength(1),
      v.maxLength(3),
    ),
  ]);
}

function orOne(given: number | null): number {
  return given !== null && given > 0 ? given : 1;
}
