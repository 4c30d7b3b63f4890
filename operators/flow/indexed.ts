import * as v from "valibot";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { countSchema } from "../../src/options.ts";
import { listedStage } from "./shared/listing.ts";

/** Options of {@link indexed}. */
export interface IndexedOptions {
  /** Maximum number of items. Default 1,000,000. */
  readonly maxItems?: number;
}

/**
 * Reads a finite stream of small items (paths, labels) once, and returns an indexed dataset of them, with `length`,
 * `at(i)` and a shuffle of all items. The list is made when a run first needs it, from epoch 0 of the stream, and kept
 * for all epochs. Ids stay the same.
 *
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond `maxItems`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { filter, indexed } from "voxrx/operators";
 * const even = Dataset.from([1, 2, 3, 4]).pipe(filter((n) => n % 2 === 0), indexed());
 * await even.toArray(); // => [2, 4]
 * ```
 */
export const indexed = stageOperator<IndexedOptions, FlowOperator<IndexedOptions, never, "made">>()({
  name: "indexed",
  version: 1,
  options: { maxItems: v.optional(countSchema, 1_000_000) },
  stage: (input, { maxItems }) => listedStage(input, { operator: "indexed", maxItems }),
});
