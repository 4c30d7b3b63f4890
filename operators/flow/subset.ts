import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { IndexLists, SubsetStage } from "../../src/dataset/subset-stage.ts";
import { OptionError, PipelineError } from "../../src/errors.ts";

/**
 * The items of an indexed dataset at `indices`, in that order; -1 is the last. Nothing else is computed. Items keep their keys, so that
 * random transforms draw for them what they draw in the whole dataset; an item that is listed again has a key of its own (`KEY~1`).
 * Keeps the index (torch: `Subset`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for what is no whole number
 * @throws PipelineError `VOXRX_NOT_INDEXED` over a stream, `VOXRX_OUT_OF_RANGE` in the run
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { subset } from "voxrx/operators";
 * await Dataset.from(["a", "b", "c"]).pipe(subset([2, 0])).toArray(); // => ["c", "a"]
 * ```
 */
export function subset<T>(indices: readonly number[]): SameOperator<T> {
  const wrong = indices.find((index) => !Number.isInteger(index));
  if (wrong !== undefined) {
    throw new OptionError("VOXRX_BAD_OPTION", `${wrong} is no index of an item`, { operator: "subset" });
  }
  const detail = `${indices.length} items`;
  return stageOperator<SameOperator<T>>((input) => {
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "a stream has no items by index", {
        operator: "subset",
        remedy: "Put indexed() before it, if its items are small and finite.",
      });
    }
    const lists = new IndexLists(({ length }) => [indices.map((index) => placeIn(length, index))]);
    return new SubsetStage(input, { name: "subset", detail }, lists);
  });
}

function placeIn(length: number, index: number): number {
  const place = index < 0 ? index + length : index;
  if (place >= 0 && place < length) return place;
  throw new PipelineError("VOXRX_OUT_OF_RANGE", `index ${index} is outside a dataset of ${length} items`, {
    operator: "subset",
    remedy: "Correct the indices.",
  });
}
