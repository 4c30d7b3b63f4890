import { type MaybePromise, macrotask } from "./async/maybe-promise.ts";
import { type Entry, type OpenCursor, open, type Run, type Stage } from "./plan/stage.ts";

/** How a run is started. */
export interface RunOptions {
  /** Epoch of the run. Default: the dataset's pinned epoch, else its counter, which then moves on. */
  readonly epoch?: number;
  /** Seed in place of the sources' own. */
  readonly seed?: number | string;
  /** Aborting rejects what is pending with the signal's reason and closes the run. */
  readonly signal?: AbortSignal;
}

/** Longest stretch, in ms, that a run keeps timers, I/O and aborts from having a turn. */
const stretchMs = 8;

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * One run of a plan, from outside: an async iterator that owns its run. Nothing is started before the first `next`. Calls of
 * `next` may overlap and are answered in order. `return` settles also while a `next` is pending, which then ends as done.
 */
export class RunIterator<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #begin: () => { stage: Stage<T>; run: Omit<Run, "signal"> };
  readonly #controller = new AbortController();
  readonly #outside: AbortSignal | undefined;
  readonly #onEntry: ((entry: Entry<unknown>) => void) | undefined;
  readonly #waiting: Waiting<T>[] = [];
  #cursor: OpenCursor<T> | undefined;
  #pulling = false;
  #turn = 0;
  #closing: Promise<void> | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(
    begin: () => { stage: Stage<T>; run: Omit<Run, "signal"> },
    signal?: AbortSignal,
    onEntry?: (entry: Entry<unknown>) => void,
  ) {
    this.#begin = begin;
    this.#outside = signal;
    this.#onEntry = onEntry;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      // A pull that is still pending may never settle: who comes after the close does not wait for it.
      if (this.#closing) this.#finish();
      else if (!this.#pulling) void this.#answer();
    });
  }

  /** Closes the run: what is pending ends as done, upstream resources are let go, and the promise settles once they are. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#aborted = undefined;
    await this.#close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    await this.#close();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  /** Answers those who wait, one after the other, until nobody does. */
  async #answer(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.#waiting.length > 0) {
        if (this.#closing) return this.#finish();
        try {
          const entry = await this.#pull();
          if (this.#closing) return this.#finish();
          if (entry === undefined) return await this.#complete();
          this.#onEntry?.(entry);
          this.#waiting.shift()?.resolve({ done: false, value: entry.value });
        } catch (error) {
          if (this.#closing) return this.#finish();
          await this.#fail(error);
        }
      }
    } finally {
      this.#pulling = false;
    }
  }

  #pull(): MaybePromise<Entry<T> | undefined> {
    const cursor = this.#cursor ?? this.#start();
    const now = performance.now();
    if (now - this.#turn <= stretchMs) return cursor.next();
    return macrotask().then(() => {
      this.#turn = performance.now();
      return cursor.next();
    });
  }

  #start(): OpenCursor<T> {
    if (this.#outside?.aborted) throw this.#outside.reason;
    this.#outside?.addEventListener("abort", this.#onAbort, { once: true });
    this.#turn = performance.now();
    const { stage, run } = this.#begin();
    this.#cursor = open(stage, { ...run, signal: this.#controller.signal });
    return this.#cursor;
  }

  /** The one who waits, or else the next to ask, hears the reason at once; a failure while closing has nobody left to go to. */
  readonly #onAbort = (): void => {
    const reason = this.#outside?.reason;
    this.#aborted = { reason };
    this.#controller.abort(reason);
    this.#close().catch(() => undefined);
  };

  /** Upstream is closed before the end is told; a failure to close is told in its place. */
  async #complete(): Promise<void> {
    const [last, ...behind] = this.#waiting.splice(0);
    try {
      await this.#close();
      last?.resolve({ done: true, value: undefined });
    } catch (error) {
      last?.reject(error);
    }
    for (const { resolve } of behind) resolve({ done: true, value: undefined });
  }

  /** Upstream is closed before the error is delivered; those behind it are done. */
  async #fail(error: unknown): Promise<void> {
    const [failed, ...behind] = this.#waiting.splice(0);
    await this.#close().catch(() => undefined);
    failed?.reject(error);
    for (const { resolve } of behind) resolve({ done: true, value: undefined });
  }

  /** Ends all who wait as done; after an abort the first to ask is told its reason. */
  #finish(): void {
    const aborted = this.#aborted;
    if (aborted && this.#waiting.length > 0) {
      this.#aborted = undefined;
      this.#waiting.shift()?.reject(aborted.reason);
    }
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  #close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#outside?.removeEventListener("abort", this.#onAbort);
      const closed = this.#cursor?.close();
      this.#controller.abort(new DOMException("This run was closed", "AbortError"));
      this.#finish();
      await closed;
    })();
    return this.#closing;
  }
}
