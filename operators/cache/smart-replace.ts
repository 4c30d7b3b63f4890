import { z } from "zod";
import { whenReady } from "../../src/dataset/maybe.ts";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { CachedPrefix, splitAtRandom } from "../../src/dataset/prefix.ts";
import { type Cursor, type Entry, type IndexView, indexOf, type Run, type Stage } from "../../src/dataset/stage.ts";
import { StepContext } from "../../src/dataset/transform.ts";
import { TransformStage } from "../../src/dataset/transform-stage.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import { RandomState } from "../../src/random/mt19937.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { windowSize, windowStart } from "./window.ts";

/** Options of {@link smartReplace}. */
export interface SmartReplaceOptions {
  /** Items in the window. Default: all. */
  readonly cacheNum?: number;
  /** Share of the items in the window, 0 to 1: at most `trunc(length * cacheRate)`. Default 1. */
  readonly cacheRate?: number;
  /** Share of the window replaced between epochs, above 0: `min(ceil(cacheNum * replaceRate), length - cacheNum)`. Default 0.1. */
  readonly replaceRate?: number;
  /** Shuffle the order of the source once, as MONAI does (NumPy's `RandomState(seed).shuffle`). Default false; MONAI's is true. */
  readonly shuffle?: boolean;
  /** Seed of that shuffle, a whole number. Default 0. */
  readonly seed?: number;
  /** Where the window's items are kept. Default: a `memoryStore` of 16 GiB, made for this operator. */
  readonly store?: Store;
}

/**
 * Trains on a window of the items and moves it between epochs (MONAI's `SmartCacheDataset`): epoch n has the `cacheNum` items from
 * place `n * R` on, wrapping round, where R is the number replaced. The window of an epoch is known from its number alone. The
 * deterministic transforms before it are computed once for each item in the window; while an epoch runs, those of the next
 * replacements are computed in the background. One that fails there is met again, under the run's error policy, when its turn comes.
 *
 * Needs an indexed dataset, and gives one, of `cacheNum` items.
 *
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
export function smartReplace<T>(options: SmartReplaceOptions = {}): SameOperator<T> {
  const checked = checkOptions("smartReplace", schema, options);
  const store = options.store ?? memoryStore({ maxBytes: "16GiB" });
  return stageOperator<SameOperator<T>>((input) => {
    const { base, prefix, suffix } = splitAtRandom(input);
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "a window cannot move over a stream", {
        operator: "smartReplace",
        remedy: "Start from a list, or put indexed() before the transforms.",
      });
    }
    return TransformStage.over(new WindowStage(base, new CachedPrefix(base, prefix, store), store, checked), suffix);
  });
}

const schema = z.strictObject({
  cacheNum: countSchema.optional(),
  cacheRate: z.number().gt(0).max(1).default(1),
  replaceRate: z.number().gt(0).max(1).default(0.1),
  shuffle: z.boolean().default(false),
  seed: z.int().min(0).default(0),
  store: z.custom<Store>((store) => typeof store === "object" && store !== null && "getOrCompute" in store).optional(),
});

type Checked = z.output<typeof schema>;

class WindowStage extends PassStage {
  readonly #base: Stage<unknown>;
  readonly #prefix: CachedPrefix;
  readonly #store: Store;
  readonly #options: Checked;
  /** Store keys of what the window holds, by place. */
  readonly #held = new Map<number, string>();

  constructor(base: Stage<unknown>, prefix: CachedPrefix, store: Store, options: Checked) {
    super(base);
    this.#base = base;
    this.#prefix = prefix;
    this.#store = store;
    this.#options = options;
    this.index = (run) => whenReady(indexOf(base, run), (view) => this.#window(view, run));
  }

  knownLength(): number | undefined {
    const length = this.#base.knownLength?.();
    return length === undefined ? undefined : windowSize(length, this.#options).size;
  }

  start(run: Run): Cursor<unknown> {
    let position = 0;
    let window: IndexView<unknown> | undefined;
    let background: Promise<void> | undefined;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      const view = await indexOf(this.#base, run);
      window ??= this.#window(view, run);
      if (position === 0) await this.#forget(view, run);
      if (position >= window.length) return undefined;
      const entry = await window.at(position++);
      background ??= this.#prepare(view, run);
      return entry;
    };
    // The signal of the run is aborted by then; what is being prepared ends with it.
    return { next, close: () => background };
  }

  describe() {
    const { cacheNum, cacheRate, replaceRate, shuffle, seed } = this.#options;
    const order = shuffle ? `shuffled with seed ${seed}` : "in source order";
    const detail = `cacheNum=${cacheNum ?? "all"} cacheRate=${cacheRate} replaceRate=${replaceRate}, ${order}, ${this.#store.name}`;
    return [...this.#prefix.describe("kept in the window"), { name: "smartReplace", detail }];
  }

  /** The items of an epoch's window. */
  #window(view: IndexView<unknown>, run: Run): IndexView<unknown> {
    const { size } = windowSize(view.length, this.#options);
    const placeOf = this.#placesOf(view.length, run.epoch);
    return { length: size, at: (index) => this.#fetch(view, placeOf(index), run) };
  }

  /** Source index of the n-th item of an epoch's window; beyond the window: of those that come next. */
  #placesOf(length: number, epoch: number): (n: number) => number {
    const { shuffle, seed } = this.#options;
    const order = shuffle ? new RandomState(seed).shuffle(Array.from({ length }, (_, i) => i)) : undefined;
    const start = windowStart(length, epoch, this.#options);
    return (n) => {
      const place = (start + n) % length;
      return order?.[place] ?? place;
    };
  }

  async #fetch(view: IndexView<unknown>, place: number, run: Run): Promise<Entry<unknown>> {
    const entry = await view.at(place);
    const context = new StepContext(entry, run, this.seed, { operator: "smartReplace", path: [] }, {});
    this.#held.set(place, this.#prefix.keyOf(entry.key, entry.value));
    return { ...entry, value: await this.#prefix.fetch(entry.value, context) };
  }

  /** Computes what the next epoch brings in, one by one. */
  async #prepare(view: IndexView<unknown>, run: Run): Promise<void> {
    const { size, replaced } = windowSize(view.length, this.#options);
    const placeOf = this.#placesOf(view.length, run.epoch);
    for (let n = 0; n < replaced && !run.signal.aborted; n++) {
      // A failure is not lost: the item is met again in the next epoch, under the error policy of that run.
      await this.#fetch(view, placeOf(size + n), run).catch(() => undefined);
    }
  }

  /** Lets go of what neither this epoch's window nor the next one's replacements need. */
  async #forget(view: IndexView<unknown>, run: Run): Promise<void> {
    const { size, replaced } = windowSize(view.length, this.#options);
    const placeOf = this.#placesOf(view.length, run.epoch);
    const needed = new Set(Array.from({ length: size + replaced }, (_, n) => placeOf(n)));
    for (const [place, key] of this.#held) {
      if (needed.has(place)) continue;
      this.#held.delete(place);
      await this.#store.delete(key);
    }
  }
}
