import * as v from "valibot";
import { callUser } from "../src/async/call-user.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { PipelineError } from "../src/errors.ts";
import { makeOperator } from "../src/operator/make-operator.ts";
import { checkOptions, countSchema, functionSchema, integerSchema, numberSchema } from "../src/options.ts";
import { stageFailure } from "../src/plan/item-failure.ts";
import { itemOrderOf } from "../src/plan/item-order.ts";
import type { IndexedOperator } from "../src/plan/operator-types.ts";
import type { IndexView } from "../src/plan/stage.ts";
import { IndexLists, SubsetStage, type SubsetText } from "../src/plan/subset-stage.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { type PartitionRule, partitionClasses, partitionGroups, partitionIndices } from "./partition-indices.ts";

/** Options of {@link partition}. Give `ratios` or `partitions`. */
export interface PartitionOptions<T> {
  /** Proportional sizes of the parts, such as `[8, 1, 1]`: each part consists of consecutive (shuffled) items. */
  readonly ratios?: readonly number[];
  /** Number of parts; items are assigned to them in turn. */
  readonly partitions?: number;
  /** Seed for shuffling the items first, a 32-bit unsigned integer. Default: no shuffle. */
  readonly seed?: number;
  /** Random generator of the shuffle; `"monai"` yields MONAI's parts for a seed. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /**
   * Returns the class of an item: every part gets its share of each class. All items are read once for this. Default:
   * no classes.
   */
  readonly byClass?: (item: T) => string | number;
  /**
   * Returns the group of an item, such as its patient: items of one group come into the same part, so that no patient is
   * both in training and in validation. Parts then have their share of the groups, not of the items. All items are read
   * once for this. Not with `evenDivisible`. Default: each item is its own group.
   */
  readonly byGroup?: (item: T) => string | number;
  /** Whether to make all parts the same length by repeating the first items. Only with `partitions`. Default false. */
  readonly evenDivisible?: boolean;
  /** With `evenDivisible`: whether to drop the last items instead. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Splits a dataset into disjoint parts that together contain all items (except with `evenDivisible`). Each part is an
 * indexed dataset, and items keep their ids. Nothing is computed here: the length is read when a part is first run.
 * Like MONAI's `partition_dataset` and `partition_dataset_classes`; with `rng: "monai"` the parts are equal to MONAI's,
 * which for `ratios` may drop the last items because of rounding.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also in the run if there are fewer items than partitions
 * @throws PipelineError `VOXRX_NOT_INDEXED` if the dataset is a stream, `VOXRX_ORDER_VARIES` if its order differs from
 * epoch to epoch, as after `shuffle`: split first
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { partition } from "voxrx/datasets";
 * const [odd, even] = partition(Dataset.from([1, 2, 3, 4, 5]), { partitions: 2 });
 * await odd?.toArray(); // => [1, 3, 5]
 * const visits = Dataset.from([{ patient: "a" }, { patient: "a" }, { patient: "b" }]);
 * const [first] = partition(visits, { partitions: 2, byGroup: ({ patient }) => patient });
 * (await first?.toArray())?.length; // => 2
 * ```
 */
export function partition<T>(
  dataset: IndexedDataset<T> | readonly T[],
  options: PartitionOptions<T>,
): IndexedDataset<T>[] {
  const { byClass, byGroup, ...rule } = checkOptions("partition", schema, options);
  const lists = new IndexLists((items, { signal }) =>
    byClass || byGroup
      ? partitionByName(items, { byClass, byGroup }, rule, signal)
      : partitionIndices([...Array(items.length).keys()], rule),
  );
  const count = rule.ratios?.length ?? rule.partitions ?? 1;
  const identity = [rule, byClass && String(byClass), ...(byGroup ? [String(byGroup)] : [])];
  return Array.from({ length: count }, (_, n) =>
    partOf(dataset, lists, n, { name: "partition", detail: `${n + 1} of ${count}${seedText(rule.seed)}`, identity }),
  );
}

type NameOf = (item: unknown) => unknown;

const schema = v.pipe(
  v.strictObject({
    ratios: v.optional(v.pipe(v.array(v.pipe(numberSchema, v.gtValue(0))), v.minLength(1))),
    partitions: v.optional(countSchema),
    seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff))),
    rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
    evenDivisible: v.optional(v.boolean(), false),
    dropLast: v.optional(v.boolean(), false),
    byClass: v.optional(functionSchema<NameOf>()),
    byGroup: v.optional(functionSchema<NameOf>()),
  }),
  v.check(
    ({ ratios, partitions }) => (ratios === undefined) !== (partitions === undefined),
    "give either ratios or partitions",
  ),
  v.check(({ evenDivisible, ratios }) => !(evenDivisible && ratios), "evenDivisible needs partitions"),
  v.check(
    ({ evenDivisible, byGroup }) => !(evenDivisible && byGroup),
    "evenDivisible repeats or drops items, and byGroup keeps groups whole: give one of them",
  ),
  v.check(({ dropLast, evenDivisible }) => !dropLast || evenDivisible, "dropLast needs evenDivisible"),
);

/**
 * One part of a dataset that is split, as a dataset. The parts are lists of indices, so an item must have the same index
 * in every epoch: otherwise items of the test part would come into training.
 *
 * @throws PipelineError `VOXRX_NOT_INDEXED`, `VOXRX_ORDER_VARIES`
 */
export function partOf<T>(
  dataset: IndexedDataset<T> | readonly T[],
  lists: IndexLists,
  which: number,
  text: SubsetText,
): IndexedDataset<T> {
  if (!isList(dataset) && itemOrderOf(dataset.stage) !== "fixed") {
    throw new PipelineError(
      "VOXRX_ORDER_VARIES",
      "the items have another order in each epoch, so no part would be kept apart",
      {
        operator: text.name,
        remedy: "Split the dataset before it is shuffled, balanced or mixed, and shuffle the parts.",
      },
    );
  }
  return subsetOf(dataset, lists, which, text);
}

/** One list of a dataset's items as a dataset. */
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
        remedy: "Add indexed() to it, if its items are few and small.",
      });
    }),
  );
}

/** `, seed 3`, or nothing. */
function seedText(seed: number | undefined): string {
  return seed === undefined ? "" : `, seed ${seed}`;
}

interface Naming {
  readonly byClass: NameOf | undefined;
  readonly byGroup: NameOf | undefined;
}

async function partitionByName(
  items: IndexView<unknown>,
  { byClass, byGroup }: Naming,
  rule: PartitionRule,
  signal: AbortSignal,
): Promise<number[][]> {
  const classes = byClass && (await namesOf(items, "byClass", byClass, signal));
  if (byGroup) return partitionGroups(await namesOf(items, "byGroup", byGroup, signal), classes, rule);
  return partitionClasses(classes ?? [], rule);
}

/** What the function of a user returns for each item. */
async function namesOf(
  items: IndexView<unknown>,
  option: "byClass" | "byGroup",
  nameOf: NameOf,
  signal: AbortSignal,
): Promise<(string | number)[]> {
  const names: (string | number)[] = [];
  for (let n = 0; n < items.length; n++) {
    signal.throwIfAborted();
    const { id, value } = await items.at(n);
    try {
      const name: unknown = callUser(option, () => nameOf(value));
      if (typeof name !== "string" && typeof name !== "number") throw wrongName(option, name);
      names.push(name);
    } catch (error) {
      throw stageFailure(error, { operator: "partition", item: id }, signal);
    }
  }
  return names;
}

function wrongName(option: "byClass" | "byGroup", name: unknown): PipelineError {
  return new PipelineError("VOXRX_WRONG_FIELD", `${option} must return a string or a number, got ${typeof name}`, {
    remedy: `Return the ${option === "byClass" ? "class" : "group"} of the item.`,
  });
}

function isList<T>(dataset: IndexedDataset<T> | readonly T[]): dataset is readonly T[] {
  return Array.isArray(dataset);
}
