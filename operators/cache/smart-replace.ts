import * as v from "valibot";
import { eachInOrder } from "../../src/async/each-in-order.ts";
import { untilAborted } from "../../src/async/until-aborted.ts";
import { CachedPrefix, ofAnyItem, splitAtRandom } from "../../src/cache/cached-prefix.ts";
import { memoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { countSchema, functionSchema, integerSchema, numberSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { isLeftOut } from "../../src/plan/inspection.ts";
import { stageContext } from "../../src/plan/item-context.ts";
import { itemFailure } from "../../src/plan/item-failure.ts";
import {
  type Cursor,
  cursorOverIndex,
  type Entry,
  type IndexView,
  indexOf,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";
import { TransformStage } from "../../src/plan/transform-stage.ts";
import { RandomState } from "../../src/random/mt19937.ts";
import { type RotationOptions, rotationSize, rotationStart } from "./shared/rotation.ts";
import { storeSchema } from "./shared/store-schema.ts";

/** Options of {@link smartReplace}. */
export interface SmartReplaceOptions {
  /** Number of items in the rotation. Default: all. */
  readonly cacheNum?: number;
  /** Share of the items in the rotation, 0 to 1: at most `trunc(length * cacheRate)` items. Default 1. */
  readonly cacheRate?: number;
  /**
   * Share of the rotation to replace between epochs, above 0: `min(ceil(cacheNum * replaceRate), length - cacheNum)`
   * items. Default 0.1.
   */
  readonly replaceRate?: number;
  /**
   * Whether to shuffle the order of the source once, as MONAI does (NumPy's `RandomState(seed).shuffle`). Default
   * false; MONAI's default is true.
   */
  readonly shuffle?: boolean;
  /** Seed of that shuffle, an integer. Default 0. */
  readonly seed?: number;
  /** Store of the items in the rotation. Default: a `memoryStore` of its own, of 16 GiB. */
  readonly store?: Store;
  /**
   * What the store knows an item by, as plain data, instead of by its content: an id that stays the same when a URL is
   * signed again (`(item: { id: string }) => item.id`). Two items with equal results share an entry. Default: the
   * content of the item, with all of each URL.
   */
  readonly identify?: (item: never) => unknown;
}

/**
 * Trains on a part of the items, the rotation, and moves it on between epochs (MONAI's `SmartCacheDataset`): epoch n
 * has `cacheNum` items from index `n * R` on, wrapping around, where R is the number of items replaced. The rotation of
 * an epoch follows from its number alone. The deterministic transforms before it are computed once for each item in the
 * rotation. While an epoch runs, those of the next replacements are computed in the background. An item that fails
 * there fails again, under the run's error policy, when its turn comes.
 *
 * Needs an indexed dataset and returns one, of `cacheNum` items.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_NOT_INDEXED` when composed over a stream
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { smartReplace } from "voxrx/operators";
 * const moving = Dataset.from([1, 2, 3, 4, 5]).pipe(smartReplace({ cacheNum: 4, replaceRate: 0.25 }));
 * await moving.toArray(); // => [1, 2, 3, 4]
 * await moving.toArray(); // => [2, 3, 4, 5]
 * ```
 */
export const smartReplace = stageOperator<SmartReplaceOptions, FlowOperator<SmartReplaceOptions>>()({
  name: "smartReplace",
  version: 1,
  options: {
    cacheNum: v.optional(countSchema),
    cacheRate: v.optional(v.pipe(numberSchema, v.gtValue(0), v.maxValue(1)), 1),
    replaceRate: v.optional(v.pipe(numberSchema, v.gtValue(0), v.maxValue(1)), 0.1),
    shuffle: v.optional(v.boolean(), false),
    seed: v.optional(v.pipe(integerSchema, v.minValue(0)), 0),
    store: v.optional(storeSchema, () => memoryStore({ maxBytes: "16GiB" })),
    identify: v.optional(functionSchema<NonNullable<SmartReplaceOptions["identify"]>>()),
  },
  stage(input, { store, identify, ...order }) {
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "expected an indexed dataset, got a stream", {
        operator: "smartReplace",
        remedy: "Start from a list, or put indexed() before the transforms.",
      });
    }
    const { base, prefix, suffix } = splitAtRandom(input);
    const cached = new CachedPrefix(base, prefix, store, ofAnyItem(identify));
    const rotation = new Rotation(base, cached, store, order);
    const { cacheNum = "all", cacheRate, replaceRate, shuffle, seed } = order;
    const orderText = shuffle ? `shuffled with seed ${seed}` : "in source order";
    const sizeText = `cacheNum=${cacheNum} cacheRate=${cacheRate} replaceRate=${replaceRate}`;
    const detail = `${sizeText}, ${orderText}, ${store.name}`;
    const stage = declareStage({
      inputs: [base],
      text: () => [...cached.describe("kept in the rotation"), { name: "smartReplace", detail }],
      get identity() {
        const inside = cached.transforms.map(({ fingerprint }) => fingerprint);
        const { rounding } = store;
        return { name: "smartReplace", version: 1, options: order, inside, rounding };
      },
      index: {
        length: (length) => rotationSize(length, order).size,
        view: ([items], run) => rotation.viewOf(items, run),
      },
      // As a stream it reads its input by index too.
      shifts: false,
      itemOrder: "varied",
      passage: {
        keepsItems: true,
        cache: { store: store.name, rounding: store.rounding, prefix: () => cached.fingerprint },
      },
      start: (run, from) => rotation.start(run, from),
    });
    return TransformStage.over(stage, suffix);
  },
});

interface Order extends RotationOptions {
  readonly shuffle: boolean;
  readonly seed: number;
}

/** The items of a rotation, over all epochs. */
class Rotation {
  readonly #base: Stage<unknown>;
  readonly #prefix: CachedPrefix;
  readonly #store: Store;
  readonly #order: Order;
  /** Store ids of the entries in use, by source index. */
  readonly #storeIds = new Map<number, string>();

  constructor(base: Stage<unknown>, prefix: CachedPrefix, store: Store, order: Order) {
    this.#base = base;
    this.#prefix = prefix;
    this.#store = store;
    this.#order = order;
  }

  start(run: Run, from: Position | undefined): Cursor<unknown> {
    let background: Promise<void> | undefined;
    let items: IndexView<unknown> | undefined;
    const begin = async (): Promise<IndexView<unknown>> => {
      items = await indexOf(this.#base, run);
      await this.#forget(items, run);
      return this.viewOf(items, run);
    };
    const cursor = cursorOverIndex(begin, from);
    const next = async (): Promise<Entry<unknown> | undefined> => {
      const entry = await cursor.next();
      if (entry && items) background ??= this.#prepare(items, run);
      return entry;
    };
    // The run's signal is aborted by then, which ends the preparation.
    return { next, close: () => background };
  }

  /** The items of an epoch. */
  viewOf(items: IndexView<unknown>, run: Run): IndexView<unknown> {
    const { size } = rotationSize(items.length, this.#order);
    const sourceIndexOf = this.#sourceIndices(items.length, run.epoch);
    return { length: size, at: (index) => this.#fetch(items, sourceIndexOf(index), run) };
  }

  /** Source index of the n-th item of an epoch. For n beyond the rotation: of the items that replace others next. */
  #sourceIndices(length: number, epoch: number): (n: number) => number {
    const { shuffle, seed } = this.#order;
    const order = shuffle ? new RandomState(seed).shuffle(Array.from({ length }, (_, i) => i)) : undefined;
    const start = rotationStart(length, epoch, this.#order);
    return (n) => {
      const place = (start + n) % length;
      return order?.[place] ?? place;
    };
  }

  async #fetch(items: IndexView<unknown>, place: number, run: Run): Promise<Entry<unknown>> {
    const entry = await items.at(place);
    if (isLeftOut(run, entry.id)) return entry;
    const context = stageContext("smartReplace", entry, run, this.#base, {});
    try {
      this.#storeIds.set(place, this.#prefix.idOf(entry.value));
      return { ...entry, value: await this.#prefix.fetch(entry.value, context) };
    } catch (caught) {
      throw itemFailure(caught, { operator: "smartReplace", item: entry.id }, run.signal);
    }
  }

  /** Computes the replacements for the next epoch, two at a time: while one is read, the other is computed. */
  async #prepare(items: IndexView<unknown>, run: Run): Promise<void> {
    const { size, replaced } = rotationSize(items.length, this.#order);
    const sourceIndexOf = this.#sourceIndices(items.length, run.epoch);
    const places = Array.from({ length: replaced }, (_, n) => sourceIndexOf(size + n));
    const prepare = async (place: number): Promise<void> => {
      if (run.signal.aborted) return;
      // A failure is not lost: the item fails again in the next epoch, under the error policy of that run. A function
      // that doesn't answer must not keep the run from closing.
      await untilAborted(this.#fetch(items, place, run), run.signal).catch(() => undefined);
    };
    await eachInOrder(places, 2, prepare, () => undefined);
  }

  /**
   * Deletes the entries that neither this epoch nor the next one's replacements need. Equal items at different indices
   * share an entry.
   */
  async #forget(items: IndexView<unknown>, run: Run): Promise<void> {
    const { size, replaced } = rotationSize(items.length, this.#order);
    const sourceIndexOf = this.#sourceIndices(items.length, run.epoch);
    const needed = new Set(Array.from({ length: size + replaced }, (_, n) => sourceIndexOf(n)));
    const unneeded = [...this.#storeIds].filter(([place]) => !needed.has(place));
    for (const [place] of unneeded) this.#storeIds.delete(place);
    const neededIds = new Set(this.#storeIds.values());
    for (const [, id] of unneeded) if (!neededIds.has(id)) await this.#store.delete(id);
  }
}
