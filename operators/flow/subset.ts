import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { integerSchema } from "../../src/options.ts";
import { IndexLists, SubsetStage } from "../../src/plan/subset-stage.ts";

/** Options of {@link subset}. */
export interface SubsetOptions {
  /** Indices of the items, in the order of the result; -1 is the last item. */
  readonly indices: readonly number[];
}

/**
 * Selects the items of an indexed dataset at `indices`, in that order; -1 is the last. No other item is computed. Items
 * keep their ids, so random transforms draw the same for them as in the whole dataset; when an item is listed again,
 * the repetition has another id (`ID~1`). The dataset stays indexed (torch: `Subset`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for an index that is not an integer
 * @throws PipelineError `VOXRX_NOT_INDEXED` for a stream; `VOXRX_OUT_OF_RANGE` during the run
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { subset } from "voxrx/operators";
 * await Dataset.from(["a", "b", "c"]).pipe(subset([2, 0])).toArray(); // => ["c", "a"]
 * ```
 */
export const subset = stageOperator<SubsetOptions, FlowOperator<SubsetOptions, readonly number[]>>()({
  name: "subset",
  version: 1,
  bare: "indices",
  options: { indices: v.array(integerSchema) },
  stage(input, { indices }) {
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "expected an indexed dataset, got a stream", {
        operator: "subset",
        remedy: "Put indexed() before it, if the stream is finite and its items are small.",
      });
    }
    const lists = new IndexLists(({ length }) => [indices.map((index) => indexIn(length, index))]);
    const text = { name: "subset", detail: `${indices.length} items`, identity: indices };
    return new SubsetStage(input, text, lists);
  },
});

function indexIn(length: number, index: number): number {
  const fromStart = index < 0 ? index + length : index;
  if (fromStart >= 0 && fromStart < length) return fromStart;
  throw new PipelineError("VOXRX_OUT_OF_RANGE", `index ${index} is outside of a dataset of ${length} items`, {
    operator: "subset",
    remedy: "Use indices below the length of the dataset; -1 is its last item.",
  });
}
