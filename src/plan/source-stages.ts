/** Source stages: where items come from. */

import { LazyValue } from "../async/lazy-value.ts";
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import type { Seed } from "../random/random.ts";
import {
  badPosition,
  type Cursor,
  cursorOverIndex,
  type Entry,
  type IndexView,
  type Position,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";
import { UserIterator } from "./user-iterator.ts";

/** What a source receives about its run. */
export interface SourceContext {
  readonly epoch: number;
  /** Aborted when the run is closed: stop waiting and release what is open. */
  readonly signal: AbortSignal;
}

/** Options that all sources share. */
export interface SourceOptions<T> {
  /** Seed of the random operators after this source. Default 0. */
  readonly seed?: Seed;
  /** Name in `explain()`. Default `from`. */
  readonly name?: string;
  /** Id of an item. Default: its index. Set this if items may be added, removed or reordered between runs. */
  readonly id?: (item: T, index: number) => string;
}

abstract class SourceStage<T> implements Pick<Stage<T>, "inputs" | "seed" | "randomCount"> {
  readonly inputs = [];
  readonly randomCount = 0;
  readonly seed: Seed;
  protected readonly name: string;
  readonly #idOf: ((item: T, index: number) => string) | undefined;

  constructor(options: SourceOptions<T>) {
    this.seed = options.seed ?? 0;
    this.name = options.name ?? "from";
    this.#idOf = options.id;
  }

  protected entry(value: T, index: number): Entry<T> {
    return { id: this.#idOf ? this.#idOf(value, index) : String(index), index, value, next: index + 1 };
  }

  get identity(): unknown {
    return { name: this.name, seed: this.seed };
  }

  protected text(what: string): readonly StageText[] {
    return [{ name: this.name, detail: `${what}, seed ${this.seed}` }];
  }
}

/** Items of a list, by index. */
export class ListStage<T> extends SourceStage<T> implements Stage<T> {
  readonly #items: ArrayLike<T>;

  constructor(items: ArrayLike<T>, options: SourceOptions<T>) {
    super(options);
    this.#items = items;
  }

  readonly index = (): IndexView<T> => viewOf(this.#items, (value, index) => this.entry(value, index));

  knownLength(): number {
    return this.#items.length;
  }

  start(_run: Run, from?: Position): Cursor<T> {
    return cursorOverIndex(this.index, from);
  }

  describe(): readonly StageText[] {
    return this.text(`${this.#items.length} items`);
  }
}

/** Items of a list that is made in the first run and then kept. A failure is not kept. */
export class LazyListStage<T> extends SourceStage<T> implements Stage<T> {
  readonly #find: (context: SourceContext) => MaybePromise<readonly T[]>;
  readonly #list = new LazyValue<readonly T[]>();

  constructor(list: (context: SourceContext) => MaybePromise<readonly T[]>, options: SourceOptions<T>) {
    super(options);
    this.#find = list;
  }

  readonly index = (run: Run): MaybePromise<IndexView<T>> =>
    whenReady(
      this.#list.get((signal) => this.#find({ epoch: run.epoch, signal }), run.signal),
      (items) => viewOf(items, (value, index) => this.entry(value, index)),
    );

  knownLength(): number | undefined {
    return this.#list.known?.length;
  }

  start(run: Run, from?: Position): Cursor<T> {
    return cursorOverIndex(() => this.index(run), from);
  }

  describe(): readonly StageText[] {
    const length = this.knownLength();
    return this.text(length === undefined ? "items not listed yet" : `${length} items`);
  }
}

/** Opens the items of a {@link StreamStage}, once per run. */
export type StreamOpener<T> = (context: SourceContext) => MaybePromise<Iterable<T> | AsyncIterable<T>>;

/**
 * Items of an iterable or async iterable that is opened again for every run. To continue, it drops the items that were
 * already yielded.
 */
export class StreamStage<T> extends SourceStage<T> implements Stage<T> {
  readonly replays = true;
  readonly #open: StreamOpener<T>;

  constructor(open: StreamOpener<T>, options: SourceOptions<T>) {
    super(options);
    this.#open = open;
  }

  start(run: Run, from?: Position): Cursor<T> {
    const open = () => this.#open({ epoch: run.epoch, signal: run.signal });
    const cursor = new StreamCursor(new UserIterator(open, run.signal), (v, i) => this.entry(v, i));
    return replayed(cursor, from);
  }

  describe(): readonly StageText[] {
    return this.text("a stream");
  }
}

/** A cursor that runs from the beginning and drops the entries up to a position, which is a number of entries. */
export function replayed<T>(cursor: Cursor<T>, from: Position = 0): Cursor<T> {
  if (typeof from !== "number" || !Number.isInteger(from) || from < 0) throw badPosition(from);
  if (from === 0) return cursor;
  let drop = from;
  const skipped = async (): Promise<Entry<T> | undefined> => {
    for (; drop > 0; drop--) if (!(await cursor.next())) throw badPosition(from);
    return cursor.next();
  };
  return { next: () => (drop > 0 ? skipped() : cursor.next()), close: () => cursor.close() };
}

/** Returns an iterable that can be opened only once; throws the second time. */
export function oneShot<T extends object>(iterable: T): () => T {
  let used = false;
  return () => {
    if (!used) {
      used = true;
      return iterable;
    }
    throw new PipelineError("VOXRX_ONE_SHOT", "a generator can be read only once, and this one was already read", {
      remedy: "Pass Dataset.from the function that makes the generator: it is called once per run.",
    });
  };
}

class StreamCursor<T> implements Cursor<T> {
  readonly #items: UserIterator<T>;
  readonly #entry: (value: T, index: number) => Entry<T>;
  #index = 0;

  constructor(items: UserIterator<T>, entry: (value: T, index: number) => Entry<T>) {
    this.#items = items;
    this.#entry = entry;
  }

  next(): MaybePromise<Entry<T> | undefined> {
    return whenReady(this.#items.next(), (step) => (step.done ? undefined : this.#entry(step.value, this.#index++)));
  }

  close(): MaybePromise<void> {
    return this.#items.close();
  }
}

function viewOf<T>(items: ArrayLike<T>, entry: (value: T, index: number) => Entry<T>): IndexView<T> {
  return { length: items.length, at: (index) => entry(items[index] as T, index) };
}
