import * as v from "valibot";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions, integerSchema } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { type PartitionOptions, partition } from "./partition.ts";
import { selectFolds } from "./select-folds.ts";

/** Options of {@link crossValidation}. */
export interface CrossValidationOptions<T> {
  /** Number of folds. Default 5. */
  readonly folds?: number;
  /** The fold for validation, or several; -1 is the last. Default 0. */
  readonly fold?: number | readonly number[];
  /** Seed of the shuffle before items are assigned to folds. Default 0. */
  readonly seed?: number;
  /** Random generator of the shuffle; `"monai"` yields the folds of MONAI's `CrossValidation`. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** Returns the class of an item: every fold gets its share of each class. Default: no classes. */
  readonly byClass?: (item: T) => string | number;
  /**
   * Returns the group of an item, such as its patient: items of one group come into the same fold. Folds then have their
   * share of the groups, not of the items. Default: each item is its own group.
   */
  readonly byGroup?: (item: T) => string | number;
}

/** A dataset split in two. */
export interface CrossValidated<T> {
  /** All other folds. */
  readonly training: IndexedDataset<T>;
  /** The folds for validation. */
  readonly validation: IndexedDataset<T>;
}

/**
 * Splits a dataset for k-fold cross-validation: items are shuffled by the seed and assigned to folds in turn, one for
 * validation and the others for training (MONAI: `CrossValidation`). Items keep their ids, so that all folds share a
 * cache.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_NOT_INDEXED` if the dataset is a stream,
 * `VOXRX_ORDER_VARIES` if its order differs from epoch to epoch
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { crossValidation } from "voxrx/datasets";
 * const subjects = Dataset.from(["s1", "s2", "s3", "s4", "s5"]);
 * const { training, validation } = crossValidation(subjects, { folds: 5, fold: 0 });
 * (await training.toArray()).length; // => 4
 * ```
 */
export function crossValidation<T>(
  dataset: IndexedDataset<T> | readonly T[],
  options: CrossValidationOptions<T> = {},
): CrossValidated<T> {
  const { byClass, byGroup, ...given } = options;
  const { folds, fold, seed, rng } = checkOptions("crossValidation", schema, given);
  const partitioning: PartitionOptions<T> = {
    partitions: folds,
    seed,
    rng,
    ...(byClass ? { byClass } : {}),
    ...(byGroup ? { byGroup } : {}),
  };
  const parts = partition(dataset, partitioning);
  const heldOut = new Set([fold].flat().map((n) => (n < 0 ? n + folds : n)));
  const trainingFolds = parts.flatMap((_, n) => (heldOut.has(n) ? [] : [n]));
  return { training: selectFolds(parts, trainingFolds), validation: selectFolds(parts, [...heldOut]) };
}

const foldSchema = integerSchema;
const schema = v.pipe(
  v.strictObject({
    folds: v.optional(v.pipe(integerSchema, v.minValue(2)), 5),
    fold: v.optional(v.union([foldSchema, v.pipe(v.array(foldSchema), v.minLength(1))]), 0),
    seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff)), 0),
    rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
  }),
  v.check(
    ({ fold, folds }) => [fold].flat().every((n) => n >= -folds && n < folds),
    ({ input: { fold, folds } }) =>
      `there is no fold ${[fold].flat().find((n) => n < -folds || n >= folds)}: they are 0 to ${folds - 1}, and -1 is the last`,
  ),
  v.check(
    ({ fold, folds }) => new Set([fold].flat().map((n) => (n < 0 ? n + folds : n))).size < folds,
    "no fold is left for training",
  ),
);
