import type { OperatorFunction } from "rxjs";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { stageOperator } from "../../src/dataset/operator.ts";
import { extendPlan, operatorPart } from "../../src/dataset/operator-part.ts";
import { BridgeStage } from "../../src/dataset/rxjs/bridge.ts";

type Kept<A, B> = IndexedOperator<A, B>;
type Any<A, B> = OperatorFunction<A, B>;

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
export function compose<A, B>(o1: Kept<A, B>): Kept<A, B>;
export function compose<A, B, C>(o1: Kept<A, B>, o2: Kept<B, C>): Kept<A, C>;
export function compose<A, B, C, D>(o1: Kept<A, B>, o2: Kept<B, C>, o3: Kept<C, D>): Kept<A, D>;
export function compose<A, B, C, D, E>(o1: Kept<A, B>, o2: Kept<B, C>, o3: Kept<C, D>, o4: Kept<D, E>): Kept<A, E>;
export function compose<A, B, C, D, E, F>(
  o1: Kept<A, B>,
  o2: Kept<B, C>,
  o3: Kept<C, D>,
  o4: Kept<D, E>,
  o5: Kept<E, F>,
): Kept<A, F>;
export function compose<A, B>(o1: Any<A, B>): Any<A, B>;
export function compose<A, B, C>(o1: Any<A, B>, o2: Any<B, C>): Any<A, C>;
export function compose<A, B, C, D>(o1: Any<A, B>, o2: Any<B, C>, o3: Any<C, D>): Any<A, D>;
export function compose<A, B, C, D, E>(o1: Any<A, B>, o2: Any<B, C>, o3: Any<C, D>, o4: Any<D, E>): Any<A, E>;
export function compose<A, B, C, D, E, F>(
  o1: Any<A, B>,
  o2: Any<B, C>,
  o3: Any<C, D>,
  o4: Any<D, E>,
  o5: Any<E, F>,
): Any<A, F>;
export function compose(...operators: readonly OperatorFunction<never, unknown>[]): OperatorFunction<never, unknown> {
  return stageOperator<OperatorFunction<never, unknown>>((input) =>
    operators.reduce((stage, operator) => {
      const adds = operatorPart(operator);
      return adds ? extendPlan(stage, adds) : new BridgeStage(stage, operator);
    }, input),
  );
}
