import { concat } from "../operators/flow/concat.ts";
import { IndexedDataset } from "../src/dataset.ts";
import { OptionError } from "../src/errors.ts";
import { SubsetStage } from "../src/plan/subset-stage.ts";

/**
 * Joins some of the parts of a dataset, in the order given; -1 is the last part (MONAI: `select_cross_validation_folds`). Parts made by one
 * {@link partition} keep the keys of their items, so that folds share a cache; parts from elsewhere are joined as by `concat`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a fold that there is not
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
      remedy: `Name folds from 0 to ${partitions.length - 1}.`,
    });
  });
  const [first] = chosen;
  if (first && chosen.length === 1) return first;
  const text = { name: "selectFolds", detail: `${[folds].flat().join(", ")} of ${partitions.length}` };
  const joined = SubsetStage.joined(
    chosen.map(({ stage }) => stage),
    text,
  );
  return joined ? believed(new IndexedDataset(joined)) : concat(...chosen);
}

// The items of a joined stage are those of its parts; a stage says nothing of their type.
function believed<T>(dataset: IndexedDataset<unknown>): IndexedDataset<T>;
function believed(dataset: unknown): unknown {
  return dataset;
}
