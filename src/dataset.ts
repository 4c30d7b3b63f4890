import type { ObservableInput, OperatorFunction } from "rxjs";
import { type Bytes, formatBytes, parseBytes } from "./bytes.ts";
import { continuedRun, readCheckpoint } from "./checkpoint/checkpoint.ts";
import { noSource, notOfStage, refuseOptions, unreadableSource } from "./dataset-faults.ts";
import { isVoxRxError, PipelineError } from "./errors.ts";
import { extendPlan } from "./extend-plan.ts";
import { Inspectable } from "./inspect/inspectable.ts";
import type { ConsumeOptions, LookOptions } from "./inspect/look-options.ts";
import { sizeOf } from "./item/size.ts";
import { checkOptions } from "./options.ts";
import type { DatasetTypes, IndexedPipe, Pipe } from "./pipe.ts";
import { epochsStage, pinnedStage } from "./plan/epochs-stage.ts";
import type { Inspection } from "./plan/inspection.ts";
import { outsideOfRun } from "./plan/item-failure.ts";
import { refuseLent } from "./plan/lent-items.ts";
import { joinableEpochOf, type ShareOptions, shareStage } from "./plan/share-stage.ts";
import { isIterable, isOneShot, isPromiseLike } from "./plan/source-kind.ts";
import {
  LazyListStage,
  ListStage,
  oneShot,
  type SourceContext,
  type SourceOptions,
  StreamStage,
} from "./plan/source-stages.ts";
import { type IndexView, indexOf, type Run, type Stage } from "./plan/stage.ts";
import { RunIterator, type RunOptions } from "./run.ts";
import { consumeSchema, listSourceSchema, lookSchema, runSchema, sourceSchema } from "./run-options.ts";
import { drive } from "./rxjs/drive.ts";
import { Observable } from "./rxjs/observable.ts";
import { type PushOptions, PushStage } from "./rxjs/push-stage.ts";

export type { ConsumeOptions, LookOptions } from "./inspect/look-options.ts";

/** What {@link Dataset.from} accepts. */
export type DatasetInput<T> = ObservableInput<T> | SourceFunction<T>;

/** Opens a source again for every run. */
type SourceFunction<T> = (
  context: SourceContext,
) => Iterable<T> | AsyncIterable<T> | Observable<T> | PromiseLike<Iterable<T> | AsyncIterable<T>>;

/** Options of {@link Dataset.toArray}. */
export interface CollectOptions extends RunOptions {
  /** Bytes that the result can take in memory. Default `"1GiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * A lazy, restartable stream of items: an RxJS Observable that is also an async iterable.
 *
 * Composing it does no work; starting it does. The engine pulls: an item is computed when the consumer requests it, and
 * never earlier than `prefetch` or an operator's `concurrency` allow. Iterate it (`for await`) or subscribe to it: both
 * drive the same pull. The n-th run of a Dataset is epoch n, unless {@link epoch} pins it.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { batch, map } from "voxrx/operators";
 * const pairs = Dataset.from([1, 2, 3, 4]).pipe(map((n) => n * 10), batch(2));
 * for await (const pair of pairs) console.log(pair); // [10, 20], then [30, 40]
 * pairs.subscribe((pair) => console.log(pair));
 * ```
 */
export class Dataset<T> extends Inspectable<T> implements AsyncIterable<T> {
  /** The plan of this dataset. For operators; its structure may change without notice. */
  readonly stage: Stage<T>;
  #nextEpoch = 0;

  constructor(stage: Stage<T>) {
    if (typeof stage?.start !== "function") throw notOfStage();
    super((subscriber) => drive(this.iterate(), subscriber));
    this.stage = stage;
  }

  protected override get nextEpoch(): number {
    return this.#nextEpoch;
  }

  static {
    Object.defineProperty(Dataset.prototype, "pipe", {
      value(this: Dataset<unknown>, ...operators: OperatorFunction<never, unknown>[]) {
        const stage = extendPlan(this.stage, operators);
        return stage === this.stage ? this : Dataset.ofStage(stage);
      },
    });
  }

  /**
   * Makes a dataset from a list (indexed: `length`, `at(i)`), any iterable or async iterable, an Observable, a promise
   * of one item, or a function that returns one of these and is called again for every run with `{ epoch, signal }`.
   *
   * A generator object can be read only once: pass the function that makes it instead. An Observable pushes; items that
   * it emits while the consumer is busy are queued, at most `maxItems` of them, and `overflow` says what happens to
   * further ones (default: an error, never a silent loss).
   *
   * @throws OptionError `VOXRX_BAD_OPTION`; in a run: PipelineError `VOXRX_ONE_SHOT` when a generator is read a second
   * time, `VOXRX_OVERRUN` when a queue is full
   */
  static from<T>(input: readonly T[], options?: SourceOptions<T>): IndexedDataset<T>;
  static from<T>(input: DatasetInput<T>, options?: SourceOptions<T> & PushOptions): Dataset<T>;
  static from<T>(input: DatasetInput<T>, options: SourceOptions<T> & PushOptions = {}): Dataset<T> {
    if (input === undefined || input === null || (typeof input !== "object" && typeof input !== "function")) {
      throw noSource(input);
    }
    checkOptions("from", sourceSchema, options);
    if (input instanceof Dataset) {
      refuseOptions(options);
      return input;
    }
    if (Array.isArray(input)) return new IndexedDataset<T>(new ListStage<T>(input, options));
    try {
      return Dataset.ofStage(sourceStage(input, options));
    } catch (cause) {
      if (isVoxRxError(cause)) throw cause;
      throw unreadableSource(cause);
    }
  }

  /**
   * An indexed dataset whose list is made when the first run needs it, for example by reading a directory or
   * downloading an archive. The list is then kept. `length` is known after {@link IndexedDataset.ready}.
   */
  static lazy<T>(
    list: (context: SourceContext) => readonly T[] | PromiseLike<readonly T[]>,
    options: SourceOptions<T> = {},
  ): IndexedDataset<T> {
    checkOptions("lazy", listSourceSchema, options);
    return new IndexedDataset<T>(new LazyListStage(list, options));
  }

  /** A dataset over a plan; indexed if its last stage is. For operators. */
  static ofStage<T>(stage: Stage<T>): Dataset<T> {
    return stage.index ? new IndexedDataset(stage) : new Dataset(stage);
  }

  /**
   * The dataset after some operators: those of VoxRx, which extend the plan, and any of RxJS. An RxJS operator is
   * applied once per run, and is fed one item at a time, only when the consumer waits and the operator is not visibly
   * working.
   */
  declare pipe: Pipe<T, Datasets>;

  [Symbol.asyncIterator](): RunIterator<T> {
    return this.iterate();
  }

  /**
   * Returns a run, which starts when its first item is requested. A `for await` loop closes it; otherwise, close it
   * with `return()` or `await using`. The epoch is the given one, or else the dataset's counter, which is incremented
   * when the run starts.
   */
  iterate(options: RunOptions = {}): RunIterator<T> {
    checkOptions("iterate", runSchema, options);
    return this.#iterate(options);
  }

  #iterate(options: RunOptions, inspection?: Inspection): RunIterator<T> {
    const from = options.from === undefined ? undefined : readCheckpoint(options.from);
    const { epoch, seed } = from ? continuedRun(from, options) : options;
    const startingEpoch = () => epoch ?? joinableEpochOf(this.stage, seed) ?? this.#nextEpoch;
    const begin = () => {
      const begun = startingEpoch();
      if (from || epoch === undefined) this.#nextEpoch = Math.max(from ? 0 : this.#nextEpoch, begun + 1);
      return begun;
    };
    const watching = () => this.watching(options.watch);
    const plan = { stage: this.stage, seed, from, epoch: startingEpoch, begin, watching, inspection };
    return new RunIterator(plan, options.signal, (entry, began) => this.note(entry, began));
  }

  /**
   * Calls `consume` with every item and waits for what it returns before the next item is computed. Resolves at the
   * end. With a signal: rejects with its reason when aborted. With `from`: continues at a checkpoint.
   */
  override forEach(consume: (item: T) => unknown, options?: RunOptions | PromiseConstructorLike): Promise<void>;
  override async forEach(
    consume: (item: T) => unknown,
    options: RunOptions | PromiseConstructorLike = {},
  ): Promise<void> {
    for await (const item of this.iterate(typeof options === "function" ? {} : options)) await consume(item);
  }

  /** All items of one run. @throws PipelineError `VOXRX_TOO_LARGE` beyond `maxBytes` */
  async toArray(options: CollectOptions = {}): Promise<T[]> {
    const { maxBytes = "1GiB", ...run } = options;
    const limit = parseBytes(maxBytes, "maxBytes", "toArray");
    checkOptions("toArray", runSchema, run);
    refuseLent(this.stage, "toArray");
    const items: T[] = [];
    let bytes = 0;
    for await (const item of this.iterate(run)) {
      bytes += sizeOf(item);
      if (bytes > limit) {
        throw new PipelineError("VOXRX_TOO_LARGE", `${items.length + 1} items take more than ${formatBytes(limit)}`, {
          operator: "toArray",
          remedy: "Iterate over the dataset instead, use take(n), or raise maxBytes.",
        });
      }
      items.push(item);
    }
    return items;
  }

  /** The first item of the epoch that the next run would have; undefined if there is none. Does not count as a run. */
  async peek(options: LookOptions = {}): Promise<T | undefined> {
    checkOptions("peek", lookSchema, options);
    const { epoch = this.#nextEpoch, signal } = options;
    const run = this.#iterate({ epoch, ...(signal ? { signal } : {}) }, { isSilent: true, keepsItems: true });
    try {
      const first = await run.next();
      return first.done ? undefined : first.value;
    } finally {
      await run.return();
    }
  }

  /** The same dataset with every run in epoch `n`. */
  epoch(n: number): Dataset<T> {
    return Dataset.ofStage(pinnedStage(this.stage, n));
  }

  /** Epochs `from` up to, but not including, `to`, one after the other in one run. */
  epochs(from: number, to: number): Dataset<T> {
    return Dataset.ofStage(epochsStage(this.stage, from, to));
  }

  /**
   * One run for several consumers at the same time: each item is computed once, and the fastest consumer waits when it
   * is `maxLag` items ahead of the slowest. One that unsubscribes no longer counts. One that arrives while the first item
   * is still buffered joins the run and its epoch, unless it asks for another epoch or seed; others start a new run.
   */
  share(options: ShareOptions = {}): Dataset<T> {
    return new Dataset(shareStage(this.stage, options));
  }

  /**
   * This dataset, typed with `length` and `at(i)`: for the compiler, which can't see that an operator made a stream
   * indexed (`indexed()`).
   *
   * @throws PipelineError `VOXRX_NOT_INDEXED` if it is only a stream
   */
  asIndexed(): IndexedDataset<T> {
    if (this instanceof IndexedDataset && this.stage.index) return this;
    throw new PipelineError("VOXRX_NOT_INDEXED", "this dataset is only a stream", {
      remedy: "Start from a list, or put indexed() after the operators that make it a stream.",
    });
  }

  /** A plain Observable: pushes without backpressure, under all the rules of RxJS. */
  asObservable(): Observable<T> {
    return new Observable((subscriber) => this.subscribe(subscriber));
  }

  /** The run that requests for single items belong to. */
  protected override lookingRun(options: LookOptions): Run {
    const signal = options.signal ?? new AbortController().signal;
    return { epoch: options.epoch ?? this.#nextEpoch, seed: undefined, signal };
  }
}

/** A dataset that knows its length and can compute any item without the others. */
export class IndexedDataset<T> extends Dataset<T> {
  declare pipe: IndexedPipe<T, Datasets>;

  override epoch(n: number): IndexedDataset<T> {
    return new IndexedDataset(pinnedStage(this.stage, n));
  }

  /**
   * Number of items.
   *
   * @throws PipelineError `VOXRX_LENGTH_UNKNOWN` before a lazy list is loaded: await {@link ready} first;
   * `VOXRX_NOT_INDEXED` for a `mix` of datasets whose length differs from epoch to epoch
   */
  get length(): number {
    const length = this.asIndexed().stage.knownLength?.();
    if (length !== undefined) return length;
    throw new PipelineError("VOXRX_LENGTH_UNKNOWN", "the length is not known yet", {
      remedy: "Await dataset.ready(), which lists the items, then read length.",
    });
  }

  /** Lists the items, if this was not done yet, so that {@link length} is known. */
  async ready(options: ConsumeOptions = {}): Promise<this> {
    checkOptions("ready", consumeSchema, options);
    await this.#view(this.lookingRun(options));
    return this;
  }

  /**
   * The item at `index`, computed alone; negative indices count from the end. Does not count as a run.
   *
   * @throws PipelineError `VOXRX_OUT_OF_RANGE`
   */
  async at(index: number, options: LookOptions = {}): Promise<T> {
    checkOptions("at", lookSchema, options);
    options.signal?.throwIfAborted();
    const run = this.lookingRun(options);
    const view = await this.#view(run);
    const position = index < 0 ? view.length + index : index;
    if (!Number.isInteger(position) || position < 0 || position >= view.length) {
      throw new PipelineError("VOXRX_OUT_OF_RANGE", `index ${index} is outside of a dataset of ${view.length} items`, {
        operator: "at",
        remedy: `Use an index from ${-view.length} to ${view.length - 1}.`,
      });
    }
    const entry = await outsideOfRun(() => view.at(position), options.signal);
    this.note(entry, run.epoch);
    return entry.value;
  }

  async #view(run: Run): Promise<IndexView<T>> {
    return outsideOfRun(() => indexOf(this.stage, run), run.signal);
  }
}

function sourceStage<T>(input: DatasetInput<T>, options: SourceOptions<T> & PushOptions): Stage<T> {
  if (typeof input === "function") {
    return new StreamStage<T>((context) => openSource(input(context), options, context), options);
  }
  if (isIterable(input)) {
    const opener = isOneShot(input) ? oneShot(input) : () => input;
    return new StreamStage<T>(opener, options);
  }
  if (isPromiseLike(input)) {
    // It may be rejected before a run asks for it: that run throws, not the process.
    if (input instanceof Promise) input.catch(() => undefined);
    return new StreamStage<T>(async () => [await input], options);
  }
  return new PushStage<T>(input, options);
}

/** The result of a source function as an iterable. An Observable is queued as the options say. */
async function openSource<T>(
  source: ReturnType<SourceFunction<T>>,
  options: SourceOptions<T> & PushOptions,
  { epoch, signal }: SourceContext,
): Promise<Iterable<T> | AsyncIterable<T>> {
  if (source instanceof Dataset) return source.iterate({ epoch, signal });
  if (source instanceof Observable) return new Dataset(new PushStage<T>(source, options)).iterate({ epoch, signal });
  return source;
}

/** The datasets that `pipe` returns, for items `this["item"]`. */
export interface Datasets extends DatasetTypes {
  readonly stream: Dataset<this["item"]>;
  readonly indexed: IndexedDataset<this["item"]>;
}
