import { z } from "zod";
import { CachedPrefix, splitAtRandom } from "../../src/cache/cached-prefix.ts";
import { memoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { countSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
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
import { StepContext } from "../../src/plan/transform.ts";
import { TransformStage } from "../../src/plan/transform-stage.ts";
import { RandomState } from "../../src/random/mt19937.ts";
import { type RotationOptions, rotationSize, rotationStart } from "./shared/rotation.ts";
import { storeSchema } from "./shared/store-schema.ts";

/** Options of {@link smartReplace}. */
export interface SmartReplaceOptions {
  /** Items in the rotation. Default: all. */
  readonly cacheNum?: number;
  /** Share of the items in the rotation, 0 to 1: at most `trunc(length * cacheRate)`. Default 1. */
  readonly cacheRate?: number;
  /**
   * Share of the rotation replaced between epochs, above 0: `min(ceil(cacheNum * replaceRate), length - cacheNum)`.
   * Default 0.1.
   */
  readonly replaceRate?: number;
  /**
   * Shuffle the order of the source once, as MONAI does (NumPy's `RandomState(seed).shuffle`). Default false; MONAI's
   * is true.
   */
  readonly shuffle?: boolean;
  /** Seed of that shuffle, an integer. Default 0. */
  readonly seed?: number;
  /** Where the items of the rotation are kept. Default: a `memoryStore` of 16 GiB, made for this operator. */
  readonly store?: Store;
}

/**
 * Trains on a part of the items, the rotation, and moves it on between epochs (MONAI's `SmartCacheDataset`): epoch n
 * has the `cacheNum` items from place `n * R` on, wrapping around, where R is the number replaced. The rotation of an
 * epoch is known from its number alone. The deterministic transforms before it are computed once for each item in the
 * rotation; while an epoch runs, those of the next replacements are computed in the background. One that fails there
 * fails again, under the run's error policy, when its turn comes.
 *
 * Needs an indexed dataset, and gives one, of `cacheNum` items.
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
    cacheNum: countSchema.optional(),
    cacheRate: z.number().gt(0).max(1).default(1),
    replaceRate: z.number().gt(0).max(1).default(0.1),
    shuffle: z.boolean().default(false),
    seed: z.int().min(0).default(0),
    store: storeSchema.default(() => memoryStore({ maxBytes: "16GiB" })),
  },
  stage(input, { store, ...order }) {
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "a stream has no items to rotate among", {
        operator: "smartReplace",
        remedy: "Start from a list, or put indexed() before the transforms.",
      });
    }
    const { base, prefix, suffix } = splitAtRandom(input);
    const cached = new CachedPrefix(base, prefix, store);
    const rotation = new Rotation(base, cached, store, order);
    const { cacheNum = "all", cacheRate, replaceRate, shuffle, seed } = order;
    const orderText = shuffle ? `shuffled with seed ${seed}` : "in source order";
    const detail = `cacheNum=${cacheNum} cacheRate=${cacheRate} replaceRate=${replaceRate}, ${orderText}, ${store.name}`;
    const stage = declareStage({
      inputs: [base],
      text: () => [...cached.describe("kept in the rotation"), { name: "smartReplace", detail }],
      get identity() {
        const inside = cached.transforms.map(({ fingerprint }) => fingerprint);
        return { name: "smartReplace", version: 1, options: order, inside };
      },
      index: {
        length: (length) => rotationSize(length, order).size,
        view: ([items], run) => rotation.viewOf(items, run),
      },
      // It goes by index along the stream too.
      shifts: false,
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
  /** Store keys of what is held, by place in the source. */
  readonly #held = new Map<number, string>();

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
    // The signal of the run is aborted by then; what is being prepared ends with it.
    return { next, close: () => background };
  }

  /** The items of an epoch. */
  viewOf(items: IndexView<unknown>, run: Run): IndexView<unknown> {
    const { size } = rotationSize(items.length, this.#order);
    const placeOf = this.#placesOf(items.length, run.epoch);
    return { length: size, at: (index) => this.#fetch(items, placeOf(index), run) };
  }

  /** Source index of the n-th item of an epoch; beyond the rotation: of those that come next. */
  #placesOf(length: number, epoch: number): (n: number) => number {
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
    const step = { operator: "smartReplace", path: [], sees: true };
    const context = new StepContext(entry, run, this.#base.seed, step, {});
    this.#held.set(place, this.#prefix.keyOf(entry.value));
    return { ...entry, value: await this.#prefix.fetch(entry.value, context) };
  }

  /** Computes what the next epoch brings in, one by one. */
  async #prepare(items: IndexView<unknown>, run: Run): Promise<void> {
    const { size, replaced } = rotationSize(items.length, this.#order);
    const placeOf = this.#placesOf(items.length, run.epoch);
    for (let n = 0; n < replaced && !run.signal.aborted; n++) {
      // A failure is not lost: the item fails again in the next epoch, under the error policy of that run.
      await this.#fetch(items, placeOf(size + n), run).catch(() => undefined);
    }
  }

  /**
   * Lets go of what neither this epoch nor the next one's replacements need: equal items at other places share an
   * entry.
   */
  async #forget(items: IndexView<unknown>, run: Run): Promise<void> {
    const { size, replaced } = rotationSize(items.length, this.#order);
    const placeOf = this.#placesOf(items.length, run.epoch);
    const needed = new Set(Array.from({ length: size + replaced }, (_, n) => placeOf(n)));
    const unneeded = [...this.#held].filter(([place]) => !needed.has(place));
    for (const [place] of unneeded) this.#held.delete(place);
    const kept = new Set(this.#held.values());
    for (const [, key] of unneeded) if (!kept.has(key)) await this.#store.delete(key);
  }
}
