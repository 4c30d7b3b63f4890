import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { declareFunction, type FunctionContext, type FunctionOptions } from "../../src/dataset/user-function.ts";
import { checkOptions } from "../../src/options.ts";

/** Options of {@link map}. */
export interface MapOptions extends FunctionOptions {}

/**
 * Turns every item into another with a function of your own, one at a time; a promise is waited for. The function must not change
 * the item that it is given. {@link mapAsync} can have several items in work.
 *
 * The context gives the item's key, the run's signal, and a generator (`context.random()`) that is fixed by seed, epoch, key and
 * place in the plan.
 *
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { map } from "voxrx/operators";
 * const squares = Dataset.from([1, 2, 3]).pipe(map((n) => n * n, { version: 1 }));
 * await squares.toArray(); // => [1, 4, 9]
 * ```
 */
export function map<A, B>(
  fn: (item: A, context: FunctionContext) => B | PromiseLike<B>,
  options: MapOptions = {},
): IndexedOperator<A, B> {
  return transformOperator<A, B>(declareFunction("map", fn, checkOptions("map", functionSchema, options)));
}

/** Checks what an operator is told of a user's function. */
export const functionSchema = z.strictObject({
  name: z.string().min(1).optional(),
  version: z.union([z.number(), z.string()]).optional(),
});
