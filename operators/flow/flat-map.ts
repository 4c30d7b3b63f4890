import type { MaybePromise } from "../../src/async/maybe-promise.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Fan } from "../../src/plan/fan.ts";
import { fanStage } from "../../src/plan/one-to-many-stage.ts";
import type { Operator } from "../../src/plan/operator-types.ts";
import { type FunctionContext, textOfFunction } from "../../src/plan/user-function.ts";

/**
 * Turns every item into several: the function returns a list, an iterable or an async iterable (or a promise of one),
 * which is pulled part by part. One item is open at a time; closing the run closes its iterator. Part n of item ID has
 * the id `ID/n`.
 *
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { flatMap } from "voxrx/operators";
 * await Dataset.from([1, 2]).pipe(flatMap((n) => [n, n * 10])).toArray(); // => [1, 10, 2, 20]
 * ```
 */
export function flatMap<A, B>(
  fn: (item: A, context: FunctionContext) => MaybePromise<Iterable<B> | AsyncIterable<B>>,
): Operator<A, B, false> {
  const fan: Fan = {
    name: "flatMap",
    detail: fn.name || undefined,
    identity: { name: "flatMap", function: fn.name },
    sourceText: textOfFunction(fn),
    random: false,
    parts: (item, context) => Reflect.apply(fn, undefined, [item, context]),
  };
  return makeOperator<Operator<A, B, false>>((input) => fanStage(input, fan));
}
