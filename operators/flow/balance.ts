import type { Observable } from "rxjs";
import * as v from "valibot";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { OptionError, PipelineError } from "../../src/errors.ts";
import type { KeysWith } from "../../src/item/record-types.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import { countSchema, nonEmptySchema, numberSchema, recordSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { itemOrderOf } from "../../src/plan/item-order.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { repeatedEntry } from "../../src/plan/repeated-entry.ts";
import { type IndexView, indexOf, type Run } from "../../src/plan/stage.ts";
import { permutation } from "../../src/random/permutation.ts";
import { Random, type Seed } from "../../src/random/random.ts";
import { type ClassBy, type ClassList, classListsOf, type ItemClass } from "./shared/class-lists.ts";
import { withIndex } from "./shared/listing.ts";
import { PerEpoch } from "./shared/per-epoch.ts";
import { Proportions } from "./shared/proportions.ts";

/** Options of {@link balance}, apart from `by`. */
export interface BalanceChoices {
  /**
   * `oversample` (default): all items come, and those of small classes are repeated. `undersample`: no item comes
   * twice, and only some items of large classes come.
   */
  readonly strategy?: "oversample" | "undersample";
  /**
   * How often each class comes, in proportion to the others, by its name; 0 leaves the class out. Default 1 for each.
   */
  readonly weights?: Readonly<Record<string, number>>;
  /** Seed of the choice and the order of the items. Default: the dataset's. */
  readonly seed?: Seed;
  /** Maximum number of items that are read from a stream. Default 1,000,000. */
  readonly maxItems?: number;
}

/** Options of {@link balance}. */
export interface BalanceOptions extends BalanceChoices {
  /** The class of an item: the name of a field with a string, a number or a boolean, or a function from the item. */
  readonly by: ClassBy;
}

/** The factory of {@link balance}: in a pipe, the name of the field is checked against the items. */
export interface Balance {
  <T = unknown, const K extends KeysWith<T, ItemClass> = never>(
    options: BalanceChoices & { readonly by: K },
  ): unknown extends T
    ? <U extends { readonly [P in K]: ItemClass }>(source: Observable<U>) => Piped<U, true>
    : Operator<T, T, true>;
  <T>(options: BalanceChoices & { readonly by: (item: T) => ItemClass }): Operator<T, T, true>;
}

/**
 * Repeats or leaves out items so that all classes come equally often, or in proportion to `weights` (the purpose of
 * torch's `WeightedRandomSampler`, and of the `RandomOverSampler` and `RandomUnderSampler` of imbalanced-learn). The
 * numbers are exact, not drawn: with `oversample`, each item of a class of n items that needs m comes m / n times,
 * rounded down or up. Which ones come once more, or come at all with `undersample`, is chosen again in every epoch, by
 * seed and epoch. The classes take turns as in {@link mix}, so that each batch is balanced too, and the items of a class
 * come in a new order in every epoch. Put `shuffle()` after it for a random order of the classes.
 *
 * Put it before `load`: in every epoch all items are read once to find their classes, whatever is computed before it.
 * The result is indexed. Of a stream, the items are listed first as by `indexed()`, at most 256 MiB of them.
 * Items keep their ids; the n-th repetition of an item has its own id (`ID~n`), so that random operators after it draw
 * other values for it. A dataset without items stays empty.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, in the run for a weight of a class that no item has, or if all are 0
 * @throws PipelineError `VOXRX_MISSING_KEY` for an item without the field, `VOXRX_WRONG_FIELD` for a class that is
 * something else, `VOXRX_TRANSFORM_FAILED` if `by` throws, `VOXRX_TOO_LARGE` for a stream with more items than allowed.
 * These end the run.
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { balance, map } from "voxrx/operators";
 * const scans = Dataset.from([{ sex: "f" }, { sex: "m" }, { sex: "m" }, { sex: "m" }]);
 * await scans.pipe(balance({ by: "sex" }), map(({ sex }) => sex)).toArray(); // => ["f", "m", "f", "m", "f", "m"]
 * ```
 */
export const balance = stageOperator<BalanceOptions, Balance>()({
  name: "balance",
  version: 1,
  options: {
    by: v.union([nonEmptySchema, v.custom<(item: never) => ItemClass>((by) => typeof by === "function")]),
    strategy: v.optional(v.picklist(["oversample", "undersample"]), "oversample"),
    weights: v.optional(recordSchema(v.string(), v.pipe(numberSchema, v.minValue(0)))),
    seed: v.optional(v.union([numberSchema, v.string()])),
    maxItems: v.optional(countSchema, 1_000_000),
  },
  stage(given, { by, strategy, weights = {}, seed, maxItems }) {
    const input = withIndex(given, "balance", maxItems);
    const own = seed ?? input.seed;
    const counts = new PerEpoch<readonly ClassCount[]>((run) =>
      whenReady(indexOf(input, run), (items) =>
        whenReady(classListsOf(items, by, "balance", run.signal), (lists) => countsOf(lists, weights, strategy)),
      ),
    );
    return declareStage({
      inputs: [input],
      text: () => [{ name: "balance", detail: detailOf(by, strategy, own, counts.latest) }],
      identity: {
        name: "balance",
        version: 1,
        options: { by: typeof by === "string" ? by : String(by), strategy, weights, seed },
      },
      itemOrder: "varied",
      passage: { keepsItems: true, ids: "repeats" },
      // Items before it that are chosen again in each epoch may have other classes.
      lengthVaries: itemOrderOf(input) !== "fixed" || undefined,
      ownIndex: {
        view: (run) =>
          whenReady(indexOf(input, run), (items) =>
            whenReady(counts.get(run), (found) => balanced(items, found, { ...run, seed: run.seed ?? own })),
          ),
        knownLength: () => counts.latest && totalOf(counts.latest),
      },
    });
  },
});

/** A class, and how many items of it come. */
interface ClassCount extends ClassList {
  readonly count: number;
}

function countsOf(
  lists: readonly ClassList[],
  weights: Readonly<Record<string, number>>,
  strategy: "oversample" | "undersample",
): readonly ClassCount[] {
  if (lists.length === 0) return [];
  const names = lists.map(({ name }) => name);
  const unknown = Object.keys(weights).find((name) => !names.includes(name));
  if (unknown !== undefined) throw badWeights(`no item has the class "${unknown}"; there are ${names.join(", ")}`);
  const weighted = lists.map((list) => ({
    list,
    weight: Object.hasOwn(weights, list.name) ? (weights[list.name] ?? 1) : 1,
  }));
  const ratios = weighted.filter(({ weight }) => weight > 0).map(({ list, weight }) => list.indices.length / weight);
  if (ratios.length === 0) throw badWeights("all weights are 0");
  const ratio = strategy === "oversample" ? Math.max(...ratios) : Math.min(...ratios);
  // Not none of a class that has a weight, however small.
  const countOf = (weight: number) => (weight > 0 ? Math.max(1, Math.round(ratio * weight)) : 0);
  const counts = weighted.map(({ list, weight }) => ({ ...list, count: countOf(weight) }));
  if (totalOf(counts) < 2 ** 52) return counts;
  throw new PipelineError("VOXRX_TOO_LARGE", `the balanced dataset would have ${totalOf(counts)} items`, {
    operator: "balance",
    remedy: "Use weights that are less far apart.",
  });
}

function badWeights(fault: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `weights: ${fault}`, {
    operator: "balance",
    remedy: "Correct weights where balance(…) is called.",
  });
}

function totalOf(counts: readonly ClassCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

function detailOf(by: ClassBy, strategy: string, seed: Seed, counts: readonly ClassCount[] | undefined): string {
  const what = typeof by === "string" ? by : by.name || "a function";
  const classes = counts?.map(({ name, indices, count }) => `${name}: ${indices.length} to ${count}`);
  return `by ${what}, ${strategy}, seed ${seed}, ${classes ? classes.join(", ") || "no items" : "classes not read yet"}`;
}

function balanced(items: IndexView<unknown>, counts: readonly ClassCount[], run: Run): IndexView<unknown> {
  const turns = new Proportions(counts.map(({ count }) => count));
  const among = [...counts.keys()].filter((n) => (counts[n]?.count ?? 0) > 0);
  const choices = counts.map((list) => new Choice(list, run));
  return {
    length: totalOf(counts),
    at(n) {
      const { who, before } = turns.turn(n, among);
      const { index, pass } = choices[who]?.item(before[who] ?? 0) ?? { index: -1, pass: 0 };
      return whenReady(items.at(index), (entry) => repeatedEntry(entry, pass));
    },
  };
}

/** The items of a class in the order in which they come, pass after pass, each in its own random order. */
class Choice {
  readonly #list: ClassList;
  readonly #run: Run;
  #pass = -1;
  #order: (place: number) => number = (place) => place;

  constructor(list: ClassList, run: Run) {
    this.#list = list;
    this.#run = run;
  }

  item(n: number): { readonly index: number; readonly pass: number } {
    const { name, indices } = this.#list;
    const pass = Math.floor(n / indices.length);
    if (pass !== this.#pass) {
      this.#pass = pass;
      const { seed = 0, epoch } = this.#run;
      this.#order = permutation(indices.length, new Random(seed, epoch, "balance", name, pass));
    }
    return { index: indices[this.#order(n % indices.length)] ?? -1, pass };
  }
}
