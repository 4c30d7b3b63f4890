import type { ObservableInput, OperatorFunction } from "rxjs";
import { type Bytes, formatBytes, parseBytes } from "./bytes.ts";
import { OptionError, PipelineError } from "./errors.ts";
import { noteOrigin } from "./item/origin.ts";
import { sizeOf } from "./item/size.ts";
import type { IndexedPipe, Pipe } from "./pipe.ts";
import { epochsStage, pinnedStage } from "./plan/epochs-stage.ts";
import { explainStage } from "./plan/explain-stage.ts";
import { extendPlan, operatorPart } from "./plan/extend-plan.ts";
import { type ShareOptions, shareStage } from "./plan/share-stage.ts";
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
import { BridgeStage } from "./rxjs/bridge-stage.ts";
import { drive } from "./rxjs/drive.ts";
import { Observable } from "./rxjs/observable.ts";
import { type PushOptions, PushStage } from "./rxjs/push-stage.ts";

/** What {@link Dataset.from} makes a dataset of. */
export type DatasetInput<T> = ObservableInput<T> | SourceFunction<T>;

/** Opens a source anew for every run. */
export type SourceFunction<T> = (
  context: SourceContext,
) => Iterable<T> | AsyncIterable<T> | Observable<T> | PromiseLike<Iterable<T> | AsyncIterable<T>>;

/** How {@link Dataset.forEach} and its like are told. */
export interface ConsumeOptions {
  /** Aborting rejects with the signal's reason and closes the run. */
  readonly signal?: AbortSignal;
}

/** How {@link Dataset.toArray} is told. */
export interface CollectOptions extends ConsumeOptions {
  /** Bytes that the result may hold in memory. Default `"1GiB"`. */
  readonly maxBytes?: Bytes;
}

/** How one item is asked for. */
export interface LookOptions extends ConsumeOptions {
  /** Epoch to look at. Default: the one that the next run would have. */
  readonly epoch?: number;
}

/**
 * A lazy, restartable stream of items: an RxJS Observable that is also an async iterable.
 *
 * Composing it does no work; starting it does. The engine pulls: an item is computed when somebody asks for it, and never
 * earlier than `prefetch` or an operator's `concurrency` allow. Iterate it (`for await`) or subscribe to it: both drive the same
 * pull. The n-th run of a Dataset is epoch n, unless {@link epoch} pins it.
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
export class Dataset<T> extends Observable<T> implements AsyncIterable<T> {
  /** The plan behind this dataset. For operators; its shape is no promise. */
  readonly stage: Stage<T>;
  #nextEpoch = 0;

  constructor(stage: Stage<T>) {
    super((subscriber) => drive(this.iterate(), subscriber));
    this.stage = stage;
  }

  static {
    Object.defineProperty(Dataset.prototype, "pipe", {
      value(this: Dataset<unknown>, ...operators: OperatorFunction<never, unknown>[]) {
        return composed(this, operators);
      },
    });
  }

  /**
   * A dataset of what is given: a list (indexed: `length`, `at(i)`), any iterable or async iterable, an Observable, a promise of
   * one item, or a function that gives one of these and is called anew for every run with `{ epoch, signal }`.
   *
   * A generator object can be read once: give the function that makes it. An Observable pushes; what it emits while the consumer
   * is busy is queued up to `maxItems`, and what happens beyond is `overflow` (default: an error, never a silent loss).
   *
   * @throws PipelineError `VOXRX_ONE_SHOT` when a generator is read a second time, `VOXRX_OVERRUN` when a queue is full
   */
  static from<T>(input: readonly T[], options?: SourceOptions<T>): IndexedDataset<T>;
  static from<T>(input: DatasetInput<T>, options?: SourceOptions<T> & PushOptions): Dataset<T>;
  static from<T>(input: DatasetInput<T>, options: SourceOptions<T> & PushOptions = {}): Dataset<T> {
    if (
      input === undefined ||
      input === null ||
      (typeof input !== "object" && typeof input !== "function" && typeof input !== "string")
    ) {
      throw new OptionError("VOXRX_BAD_OPTION", `a dataset can't be made of ${String(input)}`, {
        operator: "from",
        remedy: "Give a list, an iterable, an Observable, a promise, or a function that returns one of these.",
      });
    }
    if (input instanceof Dataset) return input;
    if (Array.isArray(input)) return new IndexedDataset<T>(new ListStage<T>(input, options));
    return Dataset.ofStage(sourceStage(input, options));
  }

  /**
   * An indexed dataset whose list is found when the first run needs it: a folder to be read, an archive to be downloaded. The list
   * is kept once found. `length` is known after {@link IndexedDataset.ready}.
   */
  static lazy<T>(
    list: (context: SourceContext) => readonly T[] | PromiseLike<readonly T[]>,
    options: SourceOptions<T> = {},
  ): IndexedDataset<T> {
    return new IndexedDataset<T>(new LazyListStage(list, options));
  }

  /** A dataset over a plan; indexed if its last stage is. For operators. */
  static ofStage<T>(stage: Stage<T>): Dataset<T> {
    return stage.index ? new IndexedDataset(stage) : new Dataset(stage);
  }

  /**
   * The dataset behind operators: ours, and any of RxJS. Ours extend the plan. An RxJS operator is applied once per run, and is
   * fed one item at a time, only when the consumer waits and the operator is not visibly working.
   */
  declare pipe: Pipe<T>;

  [Symbol.asyncIterator](): RunIterator<T> {
    return this.iterate();
  }

  /**
   * Starts a run when its first item is asked for. Close it with `return()` or `await using`; a `for await` loop does so itself.
   * The epoch is the given one, else the dataset's counter, which moves on as the run starts.
   */
  iterate(options: RunOptions = {}): RunIterator<T> {
    const { epoch, seed, signal } = options;
    const begin = () => ({ stage: this.stage, run: { epoch: epoch ?? this.#nextEpoch++, seed } });
    return new RunIterator(begin, signal, noteOrigin);
  }

  /**
   * Calls `consume` with every item and waits for what it returns before the next item is computed. Resolves at the end.
   * With a signal: rejects with its reason when aborted.
   */
  override forEach(consume: (item: T) => unknown, options?: ConsumeOptions | PromiseConstructorLike): Promise<void>;
  override async forEach(
    consume: (item: T) => unknown,
    options: ConsumeOptions | PromiseConstructorLike = {},
  ): Promise<void> {
    for await (const item of this.iterate(signalOf(options))) await consume(item);
  }

  /** All items of one run. @throws PipelineError `VOXRX_TOO_LARGE` beyond `maxBytes` */
  async toArray(options: CollectOptions = {}): Promise<T[]> {
    const limit = parseBytes(options.maxBytes ?? "1GiB", "maxBytes", "toArray");
    const items: T[] = [];
    let bytes = 0;
    for await (const item of this.iterate(signalOf(options))) {
      bytes += sizeOf(item);
      if (bytes > limit) {
        throw new PipelineError("VOXRX_TOO_LARGE", `${items.length + 1} items hold more than ${formatBytes(limit)}`, {
          operator: "toArray",
          remedy: "Iterate instead, take(n) of them, or raise maxBytes.",
        });
      }
      items.push(item);
    }
    return items;
  }

  /** The first item of the epoch that the next run would have; undefined if there is none. Does not count as a run. */
  async peek(options: LookOptions = {}): Promise<T | undefined> {
    const { epoch = this.#nextEpoch, signal } = options;
    const run = this.iterate({ epoch, ...(signal ? { signal } : {}) });
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
   * One run for several consumers at a time: each item is computed once, the slowest consumer gates the rest within `maxLag` items,
   * one that leaves is forgotten. Who comes while the run's first item is still held joins it; who comes later starts a new one.
   */
  share(options: ShareOptions = {}): Dataset<T> {
    return new Dataset(shareStage(this.stage, options));
  }

  /**
   * This dataset with `length` and `at(i)`, for the compiler: where an operator made a stream indexed (`indexed()`).
   *
   * @throws PipelineError `VOXRX_NOT_INDEXED` if it is only a stream
   */
  asIndexed(): IndexedDataset<T> {
    if (this instanceof IndexedDataset) return this;
    throw new PipelineError("VOXRX_NOT_INDEXED", "this dataset is only a stream", {
      remedy: "Start from a list, or put indexed() behind the operators that make it a stream.",
    });
  }

  /** A plain Observable: pushes without backpressure, under all the rules of RxJS. */
  asObservable(): Observable<T> {
    return new Observable((subscriber) => this.subscribe(subscriber));
  }

  /** The plan in words: each stage with its options in effect, what is fused, cached, random or opaque, and why. */
  explain(): string {
    const length = this.stage.knownLength?.();
    const items = length === undefined ? "" : `, ${length} items`;
    return `epoch ${this.#nextEpoch} is next${items}\n${explainStage(this.stage)}`;
  }

  /** The run that looking at single items belongs to. */
  protected lookingRun(options: LookOptions): Run {
    const signal = options.signal ?? new AbortController().signal;
    return { epoch: options.epoch ?? this.#nextEpoch, seed: undefined, signal };
  }
}

/** A dataset that knows its length and gives any item without running the others. */
export class IndexedDataset<T> extends Dataset<T> {
  declare pipe: IndexedPipe<T>;

  override epoch(n: number): IndexedDataset<T> {
    return new IndexedDataset(pinnedStage(this.stage, n));
  }

  /** Number of items. @throws PipelineError `VOXRX_LENGTH_UNKNOWN` while a lazy list was not found: await {@link ready} first */
  get length(): number {
    const length = this.stage.knownLength?.();
    if (length !== undefined) return length;
    throw new PipelineError("VOXRX_LENGTH_UNKNOWN", "the length is not known yet", {
      remedy: "Await dataset.ready(), which lists the items, and read length then.",
    });
  }

  /** Lists the items if that was not done yet, so that {@link length} is known. */
  async ready(options: ConsumeOptions = {}): Promise<this> {
    await this.#view(this.lookingRun(options));
    return this;
  }

  /**
   * The item at `index`, computed alone; negative indices count from the end. Does not count as a run.
   *
   * @throws PipelineError `VOXRX_OUT_OF_RANGE`
   */
  async at(index: number, options: LookOptions = {}): Promise<T> {
    options.signal?.throwIfAborted();
    const view = await this.#view(this.lookingRun(options));
    const position = index < 0 ? view.length + index : index;
    if (!Number.isInteger(position) || position < 0 || position >= view.length) {
      throw new PipelineError("VOXRX_OUT_OF_RANGE", `there is no item ${index} among ${view.length}`, {
        operator: "at",
        remedy: `Ask for ${-view.length} to ${view.length - 1}.`,
      });
    }
    const entry = await view.at(position);
    noteOrigin(entry);
    return entry.value;
  }

  async #view(run: Run): Promise<IndexView<T>> {
    return indexOf(this.stage, run);
  }
}

function composed(dataset: Dataset<unknown>, operators: readonly OperatorFunction<never, unknown>[]): Dataset<unknown> {
  let stage = dataset.stage;
  for (const [n, operator] of operators.entries()) {
    if (typeof operator !== "function") throw notAnOperator(n, operator);
    const adds = operatorPart(operator);
    stage = adds ? extendPlan(stage, adds) : new BridgeStage(stage, operator);
  }
  return stage === dataset.stage ? dataset : Dataset.ofStage(stage);
}

function notAnOperator(n: number, given: unknown): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `operator ${n + 1} of pipe is ${String(given)}, not a function`, {
    operator: "pipe",
    remedy: "Give what a factory returns, such as shuffle(), or an operator of RxJS.",
  });
}

function sourceStage<T>(input: DatasetInput<T>, options: SourceOptions<T> & PushOptions): Stage<T> {
  if (input instanceof Dataset) return input.stage;
  if (Array.isArray(input)) return new ListStage<T>(input, options);
  if (typeof input === "function") {
    return new StreamStage<T>((context) => openSource(input(context), options, context), options);
  }
  if (isIterable(input)) {
    const opener = isOneShot(input) ? oneShot(input) : () => input;
    return new StreamStage<T>(opener, options);
  }
  if (isPromiseLike(input)) return new StreamStage<T>(async () => [await input], options);
  return new PushStage<T>(input, options);
}

/** What a source function gave, as an iterable. An Observable is queued as `options` say. */
async function openSource<T>(
  given: ReturnType<SourceFunction<T>>,
  options: SourceOptions<T> & PushOptions,
  { epoch, signal }: SourceContext,
): Promise<Iterable<T> | AsyncIterable<T>> {
  if (given instanceof Dataset) return given.iterate({ epoch, signal });
  if (given instanceof Observable) return new Dataset(new PushStage<T>(given, options)).iterate({ epoch, signal });
  return given;
}

function isIterable<T>(input: DatasetInput<T>): input is Iterable<T> | AsyncIterable<T> {
  return Symbol.asyncIterator in input || Symbol.iterator in input;
}

function isPromiseLike<T>(input: DatasetInput<T>): input is PromiseLike<T> {
  return "then" in input && typeof input.then === "function";
}

function isOneShot(value: Iterable<unknown> | AsyncIterable<unknown>): boolean {
  if (Symbol.asyncIterator in value) return "next" in value && value[Symbol.asyncIterator]() === value;
  return "next" in value && value[Symbol.iterator]() === value;
}

function signalOf(options: ConsumeOptions | PromiseConstructorLike): RunOptions {
  return "signal" in options && options.signal ? { signal: options.signal } : {};
}
