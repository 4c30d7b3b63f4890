import * as v from "valibot";
import { isPromise } from "../../src/async/maybe-promise.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions } from "../../src/options.ts";
import type { Operator } from "../../src/plan/operator-types.ts";
import {
  callable,
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  functionOptionsShape,
} from "../../src/plan/user-function.ts";

/** Options of {@link tap}. */
export interface TapOptions<O = unknown> extends Omit<FunctionOptions<O>, "version"> {}

/**
 * Calls a function with every item, and passes the item on. A promise is awaited. It is opaque to a cache: put it after
 * `cacheUntilRandom`, or the cached prefix ends there.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { tap } from "voxrx/operators";
 * const logged = Dataset.from([1, 2]).pipe(tap((n, { id }) => console.log(id, n)));
 * ```
 */
export function tap<A, O = undefined>(
  fn: (item: A, context: FunctionContext<O>) => unknown,
  options: TapOptions<O> = {},
): Operator<A, A, true> {
  checkOptions("tap", schema, options);
  const call = callable(fn);
  const apply = (item: unknown, context: FunctionContext<O | undefined>) => {
    const result = call(item, context);
    return isPromise(result) ? result.then(() => item) : item;
  };
  return makeOperator<Operator<A, A, true>>([
    declareFunction({ operator: "tap", fn, named: options, kind: "opaque", apply }),
  ]);
}

const schema = v.strictObject({ name: functionOptionsShape.name, options: functionOptionsShape.options });
