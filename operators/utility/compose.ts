import type { OperatorFunction } from "rxjs";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Compose } from "../../src/pipe.ts";
import { extendPlan, operatorPart } from "../../src/plan/extend-plan.ts";
import { BridgeStage } from "../../src/rxjs/bridge-stage.ts";

/**
 * Several operators as one, to be named and used again. The plan is the same as if they had been piped one by one: what can be
 * fused is fused, and a cache looks into it (MONAI's nested `Compose` ends the cached prefix; this does not).
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
  makeOperator<never>((input) =>
    operators.reduce((stage, operator) => {
      const adds = operatorPart(operator);
      return adds ? extendPlan(stage, adds) : new BridgeStage(stage, operator);
    }, input),
  );
