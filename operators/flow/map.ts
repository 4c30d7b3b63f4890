import { z } from "zod";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Operator } from "../../src/operator/operator-types.ts";
import { checkOptions } from "../../src/options.ts";
import {
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  functionOptionsShape,
} from "../../src/plan/user-function.ts";

/** Options of {@link map}. */
export interface MapOptions<O = unknown> extends FunctionOptions<O> {}

/**
 * Turns every item into another with a function of your own, one at a time; a promise is waited for. The function must
 * not change the item that it is given. {@link mapAsync} can have several items in work.
 *
 * Nobody knows what the function does, so a cached prefix ends before it, unless `version` declares it as
 * deterministic. The context gives the run's signal and the declared `options`; to a function without a version also
 * the item's id and index, and a generator (`context.random()`) that is fixed by seed, epoch, id and place in the plan.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause; `VOXRX_NOT_DETERMINISTIC`
 * when one that is declared as deterministic asks for a random number or for the item's id, index or epoch
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

const schema = z.strictObject(functionOptionsShape);
