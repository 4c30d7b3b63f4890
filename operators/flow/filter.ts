import { z } from "zod";
import type { Operator } from "../../src/dataset/dataset.ts";
import { whenReady } from "../../src/dataset/maybe.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { dropped } from "../../src/dataset/transform.ts";
import { declareFunction, type FunctionContext, type FunctionOptions } from "../../src/dataset/user-function.ts";
import { checkOptions } from "../../src/options.ts";
import { functionSchema } from "./map.ts";

/** Options of {@link filter}. */
export interface FilterOptions extends FunctionOptions {}

/**
 * Keeps the items for which the function answers true; a promise is waited for. The rest are pulled and dropped. Keys stay.
 * A dataset behind it is a stream: how many items are left is only known at the end.
 *
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { filter } from "voxrx/operators";
 * const even = Dataset.from([1, 2, 3, 4]).pipe(filter((n) => n % 2 === 0));
 * await even.toArray(); // => [2, 4]
 * ```
 */
export function filter<A, B extends A>(fn: (item: A, context: FunctionContext) => item is B): Operator<A, B>;
export function filter<A>(
  fn: (item: A, context: FunctionContext) => boolean | PromiseLike<boolean>,
  options?: FilterOptions,
): Operator<A, A>;
export function filter<A>(
  fn: (item: A, context: FunctionContext) => boolean | PromiseLike<boolean>,
  options: FilterOptions = {},
): Operator<A, A> {
  const named = checkOptions("filter", z.strictObject(functionSchema.shape), options);
  const apply = (item: A, context: FunctionContext) =>
    whenReady(fn(item, context), (keep): A | typeof dropped => (keep ? item : dropped));
  return transformOperator<A, A>({ ...declareFunction<A, A>("filter", apply, named, fn), drops: true });
}
