/**
 * The engine's inside: stages and cursors. A stage is one node of a plan and does no work by being there; `start` begins one run
 * of it and gives a cursor, which is pulled. Datasets and operators are the outside of this.
 */
import { PipelineError } from "../errors.ts";
import type { Seed } from "../random/random.ts";
import type { MaybePromise } from "./maybe.ts";

/** One item on its way, with what the engine knows of it. */
export interface Entry<T> {
  /** Stable identity: kept from the source through every transform. */
  readonly key: string;
  /** Position in the source; -1 where there is none (after a batch, a bridged operator). */
  readonly index: number;
  readonly value: T;
  /** What random operators drew for it, in the order of the plan. */
  readonly draws?: readonly Draw[];
}

/** What one random operator drew for one item. JSON only: enough to apply it again. */
export interface Draw {
  readonly operator: string;
  /** Position among the random operators of the plan. */
  readonly position: number;
  readonly params: unknown;
}

/**
 * One run of a stage, pulled item by item.
 *
 * `next` gives the next entry, or undefined at the end; it is not called again before its promise has settled. A rejection is
 * final unless it is an item's own failure (`isItemFailure`): then the next call goes on behind that item. `close` lets go of
 * everything, is called once, and settles without waiting for a `next` that is pending.
 */
export interface Cursor<T> {
  next(): MaybePromise<Entry<T> | undefined>;
  close(): MaybePromise<void>;
}

/** What is fixed for one run of a whole plan, and the signal of the part of it that a stage belongs to. */
export interface Run {
  readonly epoch: number;
  /** Overrides the seeds of all sources; undefined leaves each its own. */
  readonly seed: Seed | undefined;
  /** Aborted when this part of the run is closed. */
  readonly signal: AbortSignal;
}

/** Items by index, within one run. */
export interface IndexView<T> {
  readonly length: number;
  /** The entry at `index`, which is within 0..length-1. Calls may overlap. */
  at(index: number): MaybePromise<Entry<T>>;
}

/** One line of a plan. */
export interface StageText {
  readonly name: string;
  /** Options in effect, in words. */
  readonly detail?: string;
  /** Remarks: fused, opaque, why a prefix ends. */
  readonly notes?: readonly string[];
}

/** One node of a plan. */
export interface Stage<T> {
  /** Stages that this one pulls from; the first one is the line that item keys, seed and randomness come along. */
  readonly inputs: readonly Stage<unknown>[];
  /** What randomness at this place starts from. */
  readonly seed: Seed;
  /** Random operators on the way from the source to here, this one included: the next one's position. */
  readonly randomCount: number;
  /** Begins a run. */
  start(run: Run): Cursor<T>;
  /** Items by index, for stages that have them. */
  readonly index?: ((run: Run) => MaybePromise<IndexView<T>>) | undefined;
  /** Length, if it is known without doing any work. */
  knownLength?(): number | undefined;
  /** The lines of `explain()` that this stage adds. */
  describe(): readonly StageText[];
}

/** A cursor that stops at once when closed, closes once, and has a signal of its own for what it pulls from. */
export interface OpenCursor<T> extends Cursor<T> {
  close(): Promise<void>;
}

/** Starts a stage inside a run. Closing the cursor aborts the signal that the stage was given, then closes it. */
export function open<T>(stage: Stage<T>, run: Run): OpenCursor<T> {
  const fork = forkRun(run);
  const cursor = stage.start(fork.run);
  let closing: Promise<void> | undefined;
  return {
    next: () => (closing ? undefined : cursor.next()),
    close() {
      closing ??= (async () => {
        fork.abort();
        await cursor.close();
      })();
      return closing;
    },
  };
}

/** A run with a signal of its own that follows the other's. `abort` also lets go of the other signal. */
export function forkRun(run: Run): { readonly run: Run; abort(reason?: unknown): void } {
  const controller = new AbortController();
  const follow = () => controller.abort(run.signal.reason);
  if (run.signal.aborted) follow();
  else run.signal.addEventListener("abort", follow, { once: true });
  return {
    run: { ...run, signal: controller.signal },
    abort(reason = new DOMException("This run was closed", "AbortError")) {
      run.signal.removeEventListener("abort", follow);
      controller.abort(reason);
    },
  };
}

/** Iterates a view as a cursor. Entries are made one at a time, when asked for. */
export function cursorOverIndex<T>(view: () => MaybePromise<IndexView<T>>): Cursor<T> {
  let opened: IndexView<T> | undefined;
  let position = 0;
  const step = (known: IndexView<T>) => (position < known.length ? known.at(position++) : undefined);
  return {
    next() {
      if (opened) return step(opened);
      const found = view();
      if ("then" in found) return found.then((known) => step((opened = known)));
      return step((opened = found));
    },
    close() {},
  };
}

/** The items of a stage by index, where there is an index. */
export function indexOf<T>(stage: Stage<T>, run: Run): MaybePromise<IndexView<T>> {
  const view = stage.index?.(run);
  if (view !== undefined) return view;
  throw new PipelineError("VOXRX_NOT_INDEXED", "a stream was asked for an item by its index");
}
