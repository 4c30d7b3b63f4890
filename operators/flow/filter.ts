import * as v from "valibot";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions } from "../../src/options.ts";
import type { Operator } from "../../src/plan/operator-types.ts";
import { dropped } from "../../src/plan/transform.ts";
import {
  callable,
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  functionOptionsShape,
} from "../../src/plan/user-function.ts";

/** Options of {@link filter}. */
export interface FilterOptions<O = unknown> extends FunctionOptions<O> {}

/**
 * Keeps the items for which the function returns true, or a promise of true. The others are computed and dropped. Ids
 * stay the same. The resulting dataset is a stream, since the number of items is only known at the end. For the
 * function and its context see {@link map}.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause, `VOXRX_NOT_DETERMINISTIC`
 * as in `map`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { filter } from "voxrx/operators";
 * const even = Dataset.from([1, 2, 3, 4]).pipe(filter((n) => n % 2 === 0));
 * await even.toArray(); // => [2, 4]
 * ```
 */
export function filter<A, B extends A, O = undefined>(
  fn: (item: A, context: FunctionContext<O>) => item is B,
  options?: FilterOptions<O>,
): Operator<A, B, false>;
export function filter<A, O = undefined>(
  fn: (item: A, context: FunctionContext<O>) => boolean | PromiseLike<boolean>,
  options?: FilterOptions<O>,
): Operator<A, A, false>;
export function filter<A, O>(
  fn: (item: A, context: FunctionContext<O>) => boolean | PromiseLike<boolean>,
  options: FilterOptions<O> = {},
): Operator<A, A, false> {
  checkOptions("filter", schema, options);
  const predicate = callable(fn);
  const apply = (item: unknown, context: FunctionContext<O | undefined>) =>
    whenReady(predicate(item, context), (keep): unknown => (keep ? item : dropped));
  return makeOperator<Operator<A, A, false>>([
    declareFunction({ operator: "filter", fn, named: options, drops: true, apply }),
  ]);
}

const schema = v.strictObject(functionOptionsShape);
