import { z } from "zod";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { type PartitionOptions, partition } from "./partition.ts";
import { selectFolds } from "./select-folds.ts";

/** Options of {@link crossValidation}. */
export interface CrossValidationOptions<T> {
  /** Number of folds. Default 5. */
  readonly folds?: number;
  /** The fold that is held out for validation, or several; -1 is the last. Default 0. */
  readonly fold?: number | readonly number[];
  /** Seed of the shuffle before folds are dealt. Default 0. */
  readonly seed?: number;
  /** Generator of the shuffle; `"monai"` gives the folds of MONAI's `CrossValidation`. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** The class of an item: every fold gets its share of each. Default: no classes. */
  readonly byClass?: (item: T) => string | number;
}

/** A dataset in two. */
export interface CrossValidated<T> {
  /** All folds but those held out. */
  readonly training: IndexedDataset<T>;
  /** The folds held out. */
  readonly validation: IndexedDataset<T>;
}

/**
 * Splits a dataset for k-fold cross-validation: shuffled by seed and dealt to folds, of which one is for validation and the others for
 * training (MONAI: `CrossValidation`). Items keep their keys, so that all folds share a cache.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_NOT_INDEXED` when a stream is given
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
  const { byClass, ...given } = options;
  const { folds, fold, seed, rng } = checkOptions("crossValidation", schema, given);
  const dealt: PartitionOptions<T> = { partitions: folds, seed, rng, ...(byClass ? { byClass } : {}) };
  const parts = partition(dataset, dealt);
  const out = new Set([fold].flat().map((n) => (n < 0 ? n + folds : n)));
  const kept = parts.flatMap((_, n) => (out.has(n) ? [] : [n]));
  return { training: selectFolds(parts, kept), validation: selectFolds(parts, [...out]) };
}

const foldSchema = z.int();
const schema = z
  .strictObject({
    folds: z.int().min(2).default(5),
    fold: z.union([foldSchema, z.array(foldSchema).min(1)]).default(0),
    seed: z.int().min(0).max(0xffffffff).default(0),
    rng: z.enum(["voxrx", "monai"]).default("voxrx"),
  })
  .refine(({ fold, folds }) => [fold].flat().every((n) => n >= -folds && n < folds), "there is no such fold")
  .refine(
    ({ fold, folds }) => new Set([fold].flat().map((n) => (n < 0 ? n + folds : n))).size < folds,
    "no fold is left for training",
  );
