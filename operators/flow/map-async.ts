import * as v from "valibot";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import type { Operator } from "../../src/plan/operator-types.ts";
import {
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  functionOptionsShape,
} from "../../src/plan/user-function.ts";

/** Options of {@link mapAsync}. */
export interface MapAsyncOptions<O = unknown> extends FunctionOptions<O> {
  /** Items in work at once. Default 4. Items come out in source order, so finished ones wait for their turn. */
  readonly concurrency?: number;
}

/**
 * Turns every item into another with an async function, with several items in work at once. Items come out in source
 * order. At most `concurrency` items are ahead of the consumer, in work or finished. Adjacent transforms run within the
 * same bound. For the function and its context see {@link map}.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause, `VOXRX_NOT_DETERMINISTIC`
 * as in `map`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { mapAsync } from "voxrx/operators";
 * import { readFile } from "node:fs/promises";
 * const texts = Dataset.from(["a.json", "b.json"]).pipe(
 *   mapAsync((path, { signal }) => readFile(path, { encoding: "utf8", signal }), { concurrency: 2 }),
 * );
 * ```
 */
export function mapAsync<A, B, O = undefined>(
  fn: (item: A, context: FunctionContext<O>) => PromiseLike<B>,
  options: MapAsyncOptions<O> = {},
): Operator<A, B, true> {
  const { concurrency } = checkOptions("mapAsync", schema, options);
  return makeOperator<Operator<A, B, true>>([
    declareFunction({ operator: "mapAsync", fn, named: options, concurrency }),
  ]);
}

const schema = v.strictObject({ ...functionOptionsShape, concurrency: v.optional(countSchema, 4) });
