import { z } from "zod";
import { whenReady } from "../src/async/maybe-promise.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { PipelineError } from "../src/errors.ts";
import { makeOperator } from "../src/operator/make-operator.ts";
import type { IndexedOperator } from "../src/operator/operator-types.ts";
import { checkOptions, countSchema } from "../src/options.ts";
import type { IndexView } from "../src/plan/stage.ts";
import { IndexLists, SubsetStage, type SubsetText } from "../src/plan/subset-stage.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { partitionClasses, partitionIndices } from "./partition-indices.ts";

/** Options of {@link partition}. Give `ratios` or `partitions`. */
export interface PartitionOptions<T> {
  /** Sizes of the parts in proportion, such as `[8, 1, 1]`: each part is a run of the (shuffled) items. */
  readonly ratios?: readonly number[];
  /** Number of parts; items are dealt to them in turn. */
  readonly partitions?: number;
  /** Shuffles the items first, by this seed (an integer of 32 bits). Default: they stay in order. */
  readonly seed?: number;
  /** Generator of the shuffle; `"monai"` gives MONAI's parts for a seed. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** The class of an item: every part gets its share of each. All items are read once to know it. Default: no classes. */
  readonly byClass?: (item: T) => string | number;
  /** Make parts of one length by giving the first items again. Only with `partitions`. Default false. */
  readonly evenDivisible?: boolean;
  /** With `evenDivisible`: leave the last items out instead. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Splits a dataset into parts: disjoint, and together the whole (but for `evenDivisible`). Each part is an indexed dataset, whose items
 * keep their ids. Nothing is computed here; the length is asked for when a part is first run. As MONAI's `partition_dataset` and
 * `partition_dataset_classes`; with `rng: "monai"` equal to it, which for `ratios` may leave out the last items by rounding.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also in the run when there are fewer items than partitions
 * @throws PipelineError `VOXRX_NOT_INDEXED` when a stream is given
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { partition } from "voxrx/datasets";
 * const [odd, even] = partition(Dataset.from([1, 2, 3, 4, 5]), { partitions: 2 });
 * await odd?.toArray(); // => [1, 3, 5]
 * ```
 */
export function partition<T>(
  dataset: IndexedDataset<T> | readonly T[],
  options: PartitionOptions<T>,
): IndexedDataset<T>[] {
  const { byClass, ...given } = options;
  const rule = checkOptions("partition", schema, given);
  const lists = new IndexLists((items, { signal }) =>
    byClass
      ? whenReady(classesOf(items, byClass, signal), (classes) => partitionClasses(classes, rule))
      : partitionIndices(
          Array.from({ length: items.length }, (_, n) => n),
          rule,
        ),
  );
  const count = rule.ratios?.length ?? rule.partitions ?? 1;
  const identity = [rule, byClass && String(byClass)];
  return Array.from({ length: count }, (_, n) =>
    subsetOf(dataset, lists, n, { name: "partition", detail: `${n + 1} of ${count}${seedText(rule.seed)}`, identity }),
  );
}

const schema = z
  .strictObject({
    ratios: z.array(z.number().positive()).min(1).optional(),
    partitions: countSchema.optional(),
    seed: z.int().min(0).max(0xffffffff).optional(),
    rng: z.enum(["voxrx", "monai"]).default("voxrx"),
    evenDivisible: z.boolean().default(false),
    dropLast: z.boolean().default(false),
  })
  .refine(
    ({ ratios, partitions }) => (ratios === undefined) !== (partitions === undefined),
    "give either ratios or partitions",
  )
  .refine(({ evenDivisible, ratios }) => !(evenDivisible && ratios), "evenDivisible needs partitions")
  .refine(({ dropLast, evenDivisible }) => !dropLast || evenDivisible, "dropLast needs evenDivisible");

/** One of the lists of items of a dataset, as a dataset. */
export function subsetOf<T>(
  dataset: IndexedDataset<T> | readonly T[],
  lists: IndexLists,
  which: number,
  text: SubsetText,
): IndexedDataset<T> {
  const whole = isList(dataset) ? Dataset.from(dataset) : dataset;
  return whole.pipe(
    makeOperator<IndexedOperator<T, T>>((input) => {
      if (input.index) return new SubsetStage(input, text, lists, which);
      throw new PipelineError("VOXRX_NOT_INDEXED", "a stream cannot be split by index", {
        operator: text.name,
        remedy: "Put indexed() after it, if its items are small and finite.",
      });
    }),
  );
}

/** `, seed 3`, or nothing. */
export function seedText(seed: number | undefined): string {
  return seed === undefined ? "" : `, seed ${seed}`;
}

async function classesOf<T>(
  items: IndexView<unknown>,
  byClass: (item: T) => string | number,
  signal: AbortSignal,
): Promise<(string | number)[]> {
  const classes: (string | number)[] = [];
  for (let n = 0; n < items.length; n++) {
    signal.throwIfAborted();
    const { value } = await items.at(n);
    const name: unknown = Reflect.apply(byClass, undefined, [value]);
    if (typeof name === "string" || typeof name === "number") classes.push(name);
    else {
      throw new PipelineError("VOXRX_WRONG_FIELD", `byClass gave a ${typeof name}, not a string or a number`, {
        operator: "partition",
        remedy: "Return the class of the item.",
      });
    }
  }
  return classes;
}

function isList<T>(dataset: IndexedDataset<T> | readonly T[]): dataset is readonly T[] {
  return Array.isArray(dataset);
}
