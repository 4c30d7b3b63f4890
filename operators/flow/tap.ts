import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { whenReady } from "../../src/dataset/maybe.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { declareFunction, type FunctionContext } from "../../src/dataset/user-function.ts";

/**
 * Shows every item to a function, and gives the item itself on. A promise is waited for. It is opaque to a cache: put it behind
 * `cacheUntilRandom`, or the cached prefix ends at it.
 *
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { tap } from "voxrx/operators";
 * const logged = Dataset.from([1, 2]).pipe(tap((n, { key }) => console.log(key, n)));
 * ```
 */
export function tap<A>(fn: (item: A, context: FunctionContext) => unknown): IndexedOperator<A, A> {
  const apply = (item: A, context: FunctionContext) => {
    const seen = fn(item, context);
    return seen instanceof Promise ? whenReady<unknown, A>(seen, () => item) : item;
  };
  return transformOperator<A, A>(declareFunction<A, A>("tap", apply, {}, fn));
}
