import { concat } from "../operators/flow/concat.ts";
import { IndexedDataset } from "../src/dataset.ts";
import { OptionError } from "../src/errors.ts";
import { SubsetStage } from "../src/plan/subset-stage.ts";

/**
 * Joins some parts of a dataset, in the given order; -1 is the last part (MONAI: `select_cross_validation_folds`).
 * Items of parts created by the same {@link partition} keep their ids, so that folds share a cache; other parts are
 * joined as with `concat`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a fold that doesn't exist
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { partition, selectFolds } from "voxrx/datasets";
 * const parts = partition(Dataset.from([1, 2, 3, 4, 5]), { partitions: 5 });
 * await selectFolds(parts, [0, 2, 3, 4]).toArray(); // => [1, 3, 4, 5]
 * ```
 */
export function selectFolds<T>(
  partitions: readonly IndexedDataset<T>[],
  folds: number | readonly number[],
): IndexedDataset<T> {
  const chosen = [folds].flat().map((fold) => {
    const part = partitions[fold < 0 ? fold + partitions.length : fold];
    if (part) return part;
    throw new OptionError("VOXRX_BAD_OPTION", `there is no fold ${fold} among ${partitions.length}`, {
      operator: "selectFolds",
      remedy: `Use folds from 0 to ${partitions.length - 1}.`,
    });
  });
  const [first] = chosen;
  if (first && chosen.length === 1) return first;
  const text = { name: "selectFolds", detail: `${[folds].flat().join(", ")} of ${partitions.length}` };
  const joined = SubsetStage.joined(
    chosen.map(({ stage }) => stage),
    text,
  );
  return joined ? withItemType(new IndexedDataset(joined)) : concat(...chosen);
}

// The items of a joined stage are those of its parts, but stages don't have an item type.
function withItemType<T>(dataset: IndexedDataset<unknown>): IndexedDataset<T>;
function withItemType(dataset: unknown): unknown {
  return dataset;
}
