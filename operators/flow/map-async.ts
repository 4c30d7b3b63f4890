import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { declareFunction, type FunctionContext, type FunctionOptions } from "../../src/dataset/user-function.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import { functionSchema } from "./map.ts";

/** Options of {@link mapAsync}. */
export interface MapAsyncOptions extends FunctionOptions {
  /** Items in work at once. Default 4. Finished items wait for their turn: order is the source's. */
  readonly concurrency?: number;
}

/**
 * Turns every item into another with a function that waits, with several items in work at once. Items come out in source order.
 * At most `concurrency` items are ahead of the consumer, in work or finished. Neighbouring transforms run in the same window.
 *
 * @throws PipelineError `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
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
export function mapAsync<A, B>(
  fn: (item: A, context: FunctionContext) => PromiseLike<B>,
  options: MapAsyncOptions = {},
): IndexedOperator<A, B> {
  const { concurrency, ...named } = checkOptions("mapAsync", schema, options);
  return transformOperator<A, B>({ ...declareFunction("mapAsync", fn, named), concurrency });
}

const schema = z.strictObject({ ...functionSchema.shape, concurrency: countSchema.default(4) });
