import * as v from "valibot";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions } from "../../src/options.ts";
import type { Operator } from "../../src/plan/operator-types.ts";
import {
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  functionOptionsShape,
} from "../../src/plan/user-function.ts";

/** Options of {@link map}. */
export interface MapOptions<O = unknown> extends FunctionOptions<O> {}

/**
 * Turns every item into another with your own function, one at a time; a promise is awaited. The function must not
 * change the item that it receives. With {@link mapAsync} several items can be in work.
 *
 * VoxRx can't know what the function does, so a cached prefix ends before it, unless `version` declares it as
 * deterministic. The context has the signal of the run and the declared `options`. For a function without a version it
 * also has the id and index of the item, and a generator (`context.random()`) that is fixed by seed, epoch, id and
 * position in the plan.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause; `VOXRX_NOT_DETERMINISTIC`
 * when a function that is declared as deterministic uses a random number or the item's id, index or epoch
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { map } from "voxrx/operators";
 * const scaled = Dataset.from([1, 2, 3]).pipe(
 *   map((n, { options }) => n * options.factor, { version: 1, options: { factor: 2 } }),
 * );
 * await scaled.toArray(); // => [2, 4, 6]
 * ```
 */
export function map<A, B, O = undefined>(
  fn: (item: A, context: FunctionContext<O>) => B | PromiseLike<B>,
  options: MapOptions<O> = {},
): Operator<A, B, true> {
  checkOptions("map", schema, options);
  return makeOperator<Operator<A, B, true>>([declareFunction({ operator: "map", fn, named: options })]);
}

const schema = v.strictObject(functionOptionsShape);
