import type { ObservableInput } from "rxjs";
import { PipelineError } from "../errors.ts";
import { insideRun } from "../plan/inspection.ts";
import { sourceFailure } from "../plan/item-failure.ts";
import { replayed, type SourceOptions, sourceId, sourceName } from "../plan/source-stages.ts";
import type { Cursor, Entry, Position, Run, Stage, StageText } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";
import { from, Observable } from "./observable.ts";
import { startsTimer } from "./timer-watch.ts";

/** What happens when a pushing source fills its queue. */
export type Overflow = "error" | "dropOldest" | "dropNewest" | "latest";

/** Options of the queue of a pushing source. */
export interface PushOptions {
  /** Items that can wait in the queue. Default 256. */
  readonly maxItems?: number;
  /**
   * What happens to an item that finds the queue full. Default `error`. `dropOldest` and `dropNewest` lose one item,
   * `latest` keeps only the newest.
   */
  readonly overflow?: Overflow;
}

/**
 * Items of an Observable, which cannot be made to wait: they are queued up to a limit, and `overflow` says what happens
 * to further ones.
 */
export class PushStage<T> implements Stage<T> {
  readonly inputs = [];
  readonly randomCount = 0;
  readonly replays = true;
  readonly seed: Seed;
  readonly #input: ObservableInput<T>;
  readonly #options: SourceOptions<T>;
  readonly #maxItems: number;
  readonly #overflow: Overflow;
  #hasTimers = false;

  constructor(input: ObservableInput<T>, options: SourceOptions<T> & PushOptions) {
    this.#input = input;
    this.#options = options;
    this.seed = options.seed ?? 0;
    this.#maxItems = options.maxItems ?? 256;
    this.#overflow = options.overflow ?? "error";
  }

  start(run: Run, from?: Position): Cursor<T> {
    const { signal } = run;
    const entryOf = (value: T, index: number): Entry<T> => {
      return { id: sourceId(value, index, this.#options, signal), index: -1, value, next: index + 1 };
    };
    const onTimer = () => {
      this.#hasTimers = true;
    };
    const name = sourceName(this.#options);
    const cursor = new PushCursor(this.#input, entryOf, this.#maxItems, this.#overflow, name, signal, onTimer);
    return replayed(cursor, from);
  }

  get unrepeatable(): string | undefined {
    if (this.#overflow !== "error") return "which items its source loses depends on time";
    if (this.#hasTimers) return "its source uses a timer, so that its items can depend on time";
    // A Subject, and what is multicast by one, gives nothing again.
    return "next" in this.#input ? "its source is a Subject, which can't be read again" : undefined;
  }

  get identity(): unknown {
    return { name: sourceName(this.#options), seed: this.seed };
  }

  describe(): readonly StageText[] {
    const detail = `an Observable, queued up to ${this.#maxItems} items, overflow ${this.#overflow}, seed ${this.seed}`;
    return [{ name: sourceName(this.#options), detail }];
  }
}

type Ending = { readonly error: unknown } | "complete";

class PushCursor<T> implements Cursor<T> {
  readonly #queue: { readonly value: T; readonly index: number }[] = [];
  readonly #entryOf: (value: T, index: number) => Entry<T>;
  readonly #name: string;
  readonly #signal: AbortSignal;
  readonly #begin: () => void;
  #subscription: { unsubscribe(): void } | undefined;
  #ending: Ending | undefined;
  #wake: (() => void) | undefined;
  #pushed = 0;

  constructor(
    input: ObservableInput<T>,
    entryOf: (value: T, index: number) => Entry<T>,
    maxItems: number,
    overflow: Overflow,
    operator: string,
    signal: AbortSignal,
    onTimer: () => void,
  ) {
    this.#entryOf = entryOf;
    this.#name = operator;
    this.#signal = signal;
    const accept = (value: T): void => {
      if (signal.aborted || this.#ending) return;
      if (this.#queue.length >= maxItems) {
        if (overflow === "error") return this.#end({ error: overrun(maxItems, operator) });
        if (overflow === "dropNewest") return;
        if (overflow === "dropOldest") this.#queue.shift();
        else this.#queue.length = 0;
      }
      this.#queue.push({ value, index: this.#pushed++ });
      this.#wake?.();
    };
    // The subscriber is stored before it is used, so that an endless synchronous source can be stopped while it emits.
    const subscribe = () =>
      new Observable<T>((subscriber) => {
        this.#subscription = subscriber;
        return from(input).subscribe(subscriber);
      }).subscribe({
        next: accept,
        error: (error: unknown) => this.#end({ error }),
        complete: () => this.#end("complete"),
      });
    this.#begin = () => {
      if (startsTimer(() => insideRun(signal, subscribe))) onTimer();
    };
  }

  async next(): Promise<Entry<T> | undefined> {
    if (!this.#subscription && !this.#ending) this.#begin();
    while (this.#queue.length === 0 && !this.#ending) await new Promise<void>((resolve) => (this.#wake = resolve));
    const pushed = this.#queue.shift();
    if (pushed) return this.#entryOf(pushed.value, pushed.index);
    if (this.#ending && this.#ending !== "complete")
      throw sourceFailure(this.#ending.error, this.#name, this.#pushed, this.#signal);
    return undefined;
  }

  close(): void {
    this.#queue.length = 0;
    this.#end("complete");
    this.#subscription?.unsubscribe();
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.#wake?.();
    if (ending !== "complete") this.#subscription?.unsubscribe();
  }
}

function overrun(maxItems: number, operator: string): PipelineError {
  return new PipelineError("VOXRX_OVERRUN", `a pushing source filled its queue of ${maxItems} items`, {
    operator,
    remedy: "Raise maxItems, choose an overflow policy, or use a source that can be pulled (an iterable, a function).",
  });
}
