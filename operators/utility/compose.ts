import type { OperatorFunction } from "rxjs";
import { addedByAll } from "../../src/extend-plan.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Compose } from "../../src/pipe.ts";

/**
 * Combines several operators into one that can be named and reused. The plan is the same as if they had been piped one
 * by one: adjacent transforms are fused where possible, and a cache looks into it (in MONAI a nested `Compose` ends the
 * cached prefix; here it does not).
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { compose, map } from "voxrx/operators";
 * const twiceAndOne = compose(map((n: number) => n * 2), map((n) => n + 1));
 * await Dataset.from([1, 2]).pipe(twiceAndOne).toArray(); // => [3, 5]
 * ```
 */
export const compose: Compose = (...operators: readonly OperatorFunction<never, unknown>[]) =>
  makeOperator<never>(addedByAll(operators));
