/** Source stages: where items come from. */

import { LazyValue } from "../async/lazy-value.ts";
import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { type ListContent, listContent } from "../fingerprint/list-content.ts";
import type { Seed } from "../random/random.ts";
import { itemFailure, sourceFailure } from "./item-failure.ts";
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
  /**
   * Id of an item. Default: its index. Set this if items may be added, removed or reordered between runs. If it throws,
   * the item fails, and is named by its index.
   */
  readonly id?: (item: T, index: number) => string;
}

/** The name of a source in messages. */
export function sourceName({ name = "from" }: { readonly name?: string }): string {
  return name;
}

/** The id of a source's item. @throws the failure of this item, under its index */
export function sourceId<T>(value: T, index: number, options: SourceOptions<T>, signal: AbortSignal): string {
  const { id } = options;
  if (!id) return String(index);
  try {
    const made: unknown = id(value, index);
    if (typeof made === "string") return made;
    throw new PipelineError("VOXRX_WRONG_FIELD", `the option id must return a string, got ${typeof made}`, {
      remedy: "Return a string that is different for each item.",
    });
  } catch (caught) {
    throw itemFailure(caught, { operator: sourceName(options), item: String(index) }, signal);
  }
}

abstract class SourceStage<T> implements Pick<Stage<T>, "inputs" | "seed" | "randomCount"> {
  readonly inputs = [];
  readonly randomCount = 0;
  readonly seed: Seed;
  protected readonly name: string;
  readonly #options: SourceOptions<T>;

  constructor(options: SourceOptions<T>) {
    this.seed = options.seed ?? 0;
    this.name = sourceName(options);
    this.#options = options;
  }

  protected entry(value: T, index: number, signal: AbortSignal): Entry<T> {
    return { id: sourceId(value, index, this.#options, signal), index, value, next: index + 1 };
  }

  /** The items of a list by index. One that can't be read fails alone. */
  protected view(items: ArrayLike<T>, signal: AbortSignal): IndexView<T> {
    const at = (index: number) => {
      let value: T;
      try {
        value = items[index] as T;
      } catch (caught) {
        throw itemFailure(caught, { operator: this.name, item: String(index) }, signal);
      }
      return this.entry(value, index, signal);
    };
    return { length: items.length, at };
  }

  /** What a list of this source has in it: ids decide what is drawn, so they count if the user gives them. */
  protected contentOf(items: ArrayLike<T>): ListContent {
    const { id } = this.#options;
    const shown = (index: number): string => {
      try {
        return String(id?.(items[index] as T, index));
      } catch {
        return ""; // this item fails when it comes
      }
    };
    return listContent(items, id && shown);
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

  readonly index = (run: Run): IndexView<T> => this.view(this.#items, run.signal);

  knownLength(): number {
    return this.#items.length;
  }

  listed(): ListContent {
    return this.contentOf(this.#items);
  }

  start(run: Run, from?: Position): Cursor<T> {
    return cursorOverIndex(() => this.index(run), from);
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

  readonly index = (run: Run): MaybePromise<IndexView<T>> => {
    const { epoch, signal } = run;
    const listed = this.#list.get((shared) => whenReady(this.#find({ epoch, signal: shared }), checkedList), signal);
    return whenReady(listed, (items) => this.view(items, signal));
  };

  knownLength(): number | undefined {
    return this.#list.known?.length;
  }

  listed(): ListContent | undefined {
    const items = this.#list.known;
    return items && this.contentOf(items);
  }

  start(run: Run, from?: Position): Cursor<T> {
    return cursorOverIndex(() => this.index(run), from);
  }

  describe(): readonly StageText[] {
    const length = this.knownLength();
    return this.text(length === undefined ? "items not listed yet" : `${length} items`);
  }
}

function checkedList<T>(list: readonly T[]): readonly T[] {
  if (Array.isArray(list)) return list;
  throw new PipelineError("VOXRX_WRONG_FIELD", `the function must return a list of items, got ${typeof list}`, {
    remedy: "Return an array, or a promise of one. Dataset.from takes functions that return any iterable.",
  });
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
    const { epoch, signal } = run;
    const items = new UserIterator(() => this.#open({ epoch, signal }), signal);
    return replayed(new StreamCursor(items, this.name, signal, (v, i) => this.entry(v, i, signal)), from);
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
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #entry: (value: T, index: number) => Entry<T>;
  #index = 0;

  constructor(items: UserIterator<T>, name: string, signal: AbortSignal, entry: (value: T, index: number) => Entry<T>) {
    this.#items = items;
    this.#name = name;
    this.#signal = signal;
    this.#entry = entry;
  }

  next(): MaybePromise<Entry<T> | undefined> {
    let step: MaybePromise<IteratorResult<T>>;
    try {
      step = this.#items.next();
    } catch (caught) {
      return this.#failed(caught);
    }
    return isPromise(step) ? step.then(this.#taken, this.#failed) : this.#taken(step);
  }

  close(): MaybePromise<void> {
    return this.#items.close();
  }

  readonly #taken = (step: IteratorResult<T>): Entry<T> | undefined =>
    step.done ? undefined : this.#entry(step.value, this.#index++);

  readonly #failed = (caught: unknown): never => {
    throw sourceFailure(caught, this.#name, this.#index, this.#signal);
  };
}
