import { z } from "zod";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Operator } from "../../src/operator/operator-types.ts";
import { checkOptions } from "../../src/options.ts";
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
 * Keeps the items for which the function answers true; a promise is waited for. The rest are pulled and dropped. Ids
 * stay. A dataset after it is a stream: how many items are left is only known at the end. For the function and its
 * context see {@link map}.
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
  const keeps = callable(fn);
  const apply = (item: unknown, context: FunctionContext<O | undefined>) =>
    whenReady(keeps(item, context), (keep): unknown => (keep ? item : dropped));
  return makeOperator<Operator<A, A, false>>([
    declareFunction({ operator: "filter", fn, named: options, drops: true, apply }),
  ]);
}

const schema = z.strictObject(functionOptionsShape);
