import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { IndexLists, SubsetStage } from "../../src/plan/subset-stage.ts";

/** Options of {@link subset}. */
export interface SubsetOptions {
  /** Indices of the items, in the order in which they come; -1 is the last item. */
  readonly indices: readonly number[];
}

/**
 * The items of an indexed dataset at `indices`, in that order; -1 is the last. Nothing else is computed. Items keep
 * their ids, so that random transforms draw for them what they draw in the whole dataset; an item that is listed again
 * has an id of its own (`ID~1`). Keeps the index (torch: `Subset`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for what is not an integer
 * @throws PipelineError `VOXRX_NOT_INDEXED` over a stream, `VOXRX_OUT_OF_RANGE` in the run
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
  options: { indices: z.array(z.int()) },
  stage(input, { indices }) {
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "a stream has no items by index", {
        operator: "subset",
        remedy: "Put indexed() before it, if its items are small and finite.",
      });
    }
    const lists = new IndexLists(({ length }) => [indices.map((index) => placeIn(length, index))]);
    const text = { name: "subset", detail: `${indices.length} items`, identity: indices };
    return new SubsetStage(input, text, lists);
  },
});

function placeIn(length: number, index: number): number {
  const place = index < 0 ? index + length : index;
  if (place >= 0 && place < length) return place;
  throw new PipelineError("VOXRX_OUT_OF_RANGE", `index ${index} is outside a dataset of ${length} items`, {
    operator: "subset",
    remedy: "Correct the indices.",
  });
}
