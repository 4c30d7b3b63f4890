import { EventLoopTurns } from "./async/event-loop-turn.ts";
import type { MaybePromise } from "./async/maybe-promise.ts";
import { onAbort } from "./async/on-abort.ts";
import { type Checkpoint, itemsBefore, makeCheckpoint } from "./checkpoint/checkpoint.ts";
import { continueRun } from "./checkpoint/continue-run.ts";
import { type PlanPart, planParts } from "./checkpoint/plan-parts.ts";
import { PipelineError } from "./errors.ts";
import { type Inspection, startsSilently } from "./plan/inspection.ts";
import { leavingRun } from "./plan/item-failure.ts";
import { type Entry, type OpenCursor, open, type Position, type Run, type Stage } from "./plan/stage.ts";
import { Profile } from "./profile/profile.ts";
import type { RunMeter } from "./watch/meter.ts";

/** Options of a run. */
export interface RunOptions {
  /** Epoch of the run. Default: the dataset's pinned epoch, else its counter, which is then incremented. */
  readonly epoch?: number;
  /** Seed used instead of the seeds of the sources. */
  readonly seed?: number | string;
  /**
   * Continues the run that this checkpoint came from: gives the rest of its epoch, and later runs of the dataset the
   * next epochs. Default: the epoch from its first item on.
   */
  readonly from?: Checkpoint;
  /** Aborting rejects the pending call with the signal's reason and closes the run. */
  readonly signal?: AbortSignal;
  /** Counts and times what its stages do, for {@link RunIterator.profile}. Default false: nothing is measured. */
  readonly watch?: boolean;
}

/** How a run is watched. */
export interface RunWatching {
  readonly meter: RunMeter;
  /** Called after each item and at the end. */
  told?(profile: () => Profile, isEnd: boolean): void;
}

/** What a run is of. */
export interface RunPlan<T> {
  readonly stage: Stage<T>;
  readonly seed: Run["seed"];
  /** The epoch that a run which starts now has. */
  epoch(): number;
  /** The same, and counts it: called when the run starts. */
  begin(): number;
  /** Where it continues. */
  readonly from: Checkpoint | undefined;
  /** How the run that starts now is watched; undefined: not at all. */
  watching(): RunWatching | undefined;
  /** What it is asked for besides its items. */
  readonly inspection?: Inspection | undefined;
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * One run of a plan, as its consumer sees it: an async iterator that owns its run. Nothing starts before the first
 * `next`. Calls of `next` may overlap and are answered in order. `return` settles even while a `next` is pending; that
 * `next` then ends as done.
 */
export class RunIterator<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #plan: RunPlan<T>;
  readonly #controller = new AbortController();
  readonly #outside: AbortSignal | undefined;
  readonly #onEntry: ((entry: Entry<unknown>, epoch: number) => void) | undefined;
  readonly #waiting: Waiting<T>[] = [];
  #cursor: OpenCursor<T> | undefined;
  #pulling = false;
  #turns = new EventLoopTurns();
  #closing: Promise<void> | undefined;
  #unregister: (() => void) | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #epoch: number | undefined;
  /** Number of items delivered, and where the plan continues after the last one. */
  #delivered: number;
  #position: Position | undefined;
  #isDone: boolean;
  #parts: readonly PlanPart[] | undefined;
  #watching: RunWatching | undefined;
  #endedAt: number | undefined;
  /** Whether it is part of another run that draws the progress of both. */
  readonly #isSilent: boolean;

  constructor(plan: RunPlan<T>, signal?: AbortSignal, onEntry?: (entry: Entry<unknown>, epoch: number) => void) {
    this.#plan = plan;
    this.#outside = signal;
    this.#isSilent = startsSilently(signal);
    this.#onEntry = onEntry;
    this.#delivered = plan.from ? itemsBefore(plan.from, plan.stage) : 0;
    this.#position = plan.from?.position;
    this.#isDone = plan.from?.done ?? false;
  }

  /**
   * Where this run stands after the last item that it gave, as JSON of 0.1 to 2 KB: pass it to {@link Dataset.iterate} as
   * `from`, later or in another process, to get exactly the rest. Works before the first item, between items, after a
   * failure and after the end. Look-ahead does not count: what was computed but not given is computed again.
   *
   * @throws PipelineError `VOXRX_NOT_RESUMABLE` if the items depend on time, or on a source that can't be read again
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * const scans = Dataset.from(["a", "b", "c"]);
   * const run = scans.iterate();
   * await run.next();
   * const checkpoint = run.checkpoint();
   * await run.return();
   * for await (const scan of scans.iterate({ from: checkpoint })) console.log(scan); // "b", then "c"
   * ```
   */
  checkpoint(): Checkpoint {
    const { stage, seed } = this.#plan;
    // Before the start a list may not be known yet, so the parts may still become more exact.
    const parts = this.#parts ?? planParts(stage);
    if (this.#delivered > 0) this.#parts = parts;
    return makeCheckpoint(
      {
        stage,
        epoch: this.#epoch ?? this.#plan.epoch(),
        seed,
        items: this.#delivered,
        position: this.#position,
        isDone: this.#isDone,
      },
      parts,
    );
  }

  /**
   * Where the time of this run went so far, of a run that is watched.
   *
   * @throws PipelineError `VOXRX_NOT_WATCHED`
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * const run = Dataset.from([1, 2, 3]).iterate({ watch: true });
   * for await (const item of run) console.log(item);
   * console.log(String(run.profile()));
   * ```
   */
  profile(): Profile {
    const meter = this.#watching?.meter;
    if (!meter) {
      throw new PipelineError("VOXRX_NOT_WATCHED", "this run is not watched, or has not started yet", {
        remedy: "Start it with iterate({ watch: true }), and ask after its first item.",
      });
    }
    const { stage } = this.#plan;
    return new Profile({ stage, epoch: this.#epoch ?? 0, meter, endedAt: this.#endedAt });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      // A pending pull may never settle, so calls after the close do not wait for it.
      if (this.#closing) this.#finish();
      else if (!this.#pulling) void this.#answer();
    });
  }

  /** Closes the run: pending calls end as done, upstream resources are released, and then the promise settles. */
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

  /** Answers the waiting calls, one after the other, until none is left. */
  async #answer(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.#waiting.length > 0) {
        if (this.#closing) return this.#finish();
        try {
          const entry = await this.#pull();
          if (this.#closing) return this.#finish();
          if (entry === undefined) return await this.#complete();
          this.#delivered++;
          this.#position = entry.next;
          this.#onEntry?.(entry, this.#epoch ?? 0);
          this.#tell(false);
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
    const cursor = this.#cursor;
    // The first pull is never put off, however busy the machine is: consumers that start together share a run.
    if (!cursor) return this.#start().next();
    const turn = this.#turns.ifDue();
    return turn ? turn.then(() => cursor.next()) : cursor.next();
  }

  #start(): OpenCursor<T> {
    if (this.#outside?.aborted) throw this.#outside.reason;
    this.#unregister = this.#outside && onAbort(this.#outside, this.#onAbort);
    this.#turns = new EventLoopTurns();
    const { stage, seed, from, inspection } = this.#plan;
    this.#epoch = this.#plan.begin();
    this.#watching = this.#plan.watching();
    const run = {
      ...{ epoch: this.#epoch, seed, signal: this.#controller.signal, watch: this.#watching?.meter },
      inspection: this.#isSilent ? { isSilent: true } : inspection,
    };
    this.#cursor = from ? continueRun(stage, run, from) : open(stage, run);
    return this.#cursor;
  }

  /**
   * Rejects the waiting call, or else the next one, with the reason at once. Nobody is left to receive a failure to
   * close.
   */
  readonly #onAbort = (): void => {
    const reason = this.#outside?.reason;
    this.#aborted = { reason };
    this.#controller.abort(reason);
    this.#close().catch(() => undefined);
  };

  /** Closes upstream before it reports the end; a failure to close is reported instead of the end. */
  async #complete(): Promise<void> {
    this.#isDone = true;
    const [last, ...others] = this.#waiting.splice(0);
    try {
      await this.#close();
      last?.resolve({ done: true, value: undefined });
    } catch (error) {
      last?.reject(leavingRun(error));
    }
    for (const { resolve } of others) resolve({ done: true, value: undefined });
  }

  /** Closes upstream before it reports the error; calls that wait after the failed one end as done. */
  async #fail(error: unknown): Promise<void> {
    const [failed, ...others] = this.#waiting.splice(0);
    const left = leavingRun(error, this.#outside, this.#controller.signal);
    await this.#close().catch(() => undefined);
    failed?.reject(left);
    for (const { resolve } of others) resolve({ done: true, value: undefined });
  }

  /** Ends all waiting calls as done; after an abort the first one is rejected with the reason. */
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
      this.#unregister?.();
      this.#endWatching();
      const closed = this.#cursor?.close();
      this.#controller.abort(new DOMException("This run was closed", "AbortError"));
      this.#finish();
      await closed;
    })();
    return this.#closing;
  }

  #endWatching(): void {
    if (!this.#watching) return;
    this.#watching.meter.count();
    this.#endedAt = performance.now();
    this.#tell(true);
  }

  #tell(isEnd: boolean): void {
    this.#watching?.told?.(() => this.profile(), isEnd);
  }
}
