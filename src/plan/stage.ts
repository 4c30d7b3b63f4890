/**
 * The engine's inside: stages and cursors. A stage is one node of a plan and does no work by being there; `start`
 * begins one run of it and gives a cursor, which is pulled. Datasets and operators are the outside of this.
 */

import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import type { Seed } from "../random/random.ts";

/** Where a stage continues: a number for a list, small JSON otherwise. Only the stage that gave it can read it. */
export type Position = null | boolean | number | string | readonly Position[] | { readonly [name: string]: Position };

/** One item on its way, with what the engine knows of it. */
export interface Entry<T> {
  /** Stable identity: kept from the source through every transform. */
  readonly key: string;
  /** Place in the source; -1 where there is none (after a batch, a bridged operator). */
  readonly index: number;
  readonly value: T;
  /** Where the stage that gave this entry continues after it. */
  readonly next: Position;
  /** What random operators drew for it, in the order of the plan. */
  readonly draws?: readonly Draw[];
}

/** What one random operator drew for one item. JSON only: enough to apply it again. */
export interface Draw {
  readonly operator: string;
  /** Number of random operators before it in the plan. */
  readonly ordinal: number;
  readonly params: unknown;
}

/**
 * One run of a stage, pulled item by item.
 *
 * `next` gives the next entry, or undefined at the end; it is not called again before its promise has settled. A
 * rejection is final unless it is an item's own failure (`isItemFailure`): then the next call goes on after that item.
 * `close` lets go of everything, is called once, and settles without waiting for a `next` that is pending.
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
  /** Somebody who counts and times what the stages give. Without one nothing is measured. */
  readonly watch?: Watch | undefined;
}

/** Counts and times the stages of a run. */
export interface Watch {
  /** A stage was asked and answered after `ms`: with an entry, with its end, or with an error. */
  answered(stage: Stage<unknown>, ms: number, outcome: "entry" | "end" | "error"): void;
}

/** Items by index, within one run. */
export interface IndexView<T> {
  readonly length: number;
  /**
   * The entry at `index`, which is within 0..length-1. Calls may overlap. Its `next` says nothing: see `positionOf`.
   */
  at(index: number): MaybePromise<Entry<T>>;
  /** Where the stage's stream continues with the entry at `index`. Left out: the index itself. */
  readonly positionOf?: ((index: number) => Position) | undefined;
  /**
   * The index of the entry that the stream continues with at a position; undefined if it is between two. The inverse of
   * `positionOf`.
   */
  readonly indexAt?: ((position: Position) => number | undefined) | undefined;
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
  /** Stages that this one pulls from; the first one is the line that item ids, seed and randomness come along. */
  readonly inputs: readonly Stage<unknown>[];
  /** What randomness at this place starts from. */
  readonly seed: Seed;
  /** Random operators on the way from the source to here, this one included: the next one's position. */
  readonly randomCount: number;
  /**
   * Begins a run: with the first entry, or where an entry of an earlier run of the same epoch said that it continues
   * (`next`).
   */
  start(run: Run, from?: Position): Cursor<T>;
  /** Items by index, for stages that have them. */
  readonly index?: ((run: Run) => MaybePromise<IndexView<T>>) | undefined;
  /** Length, if it is known without doing any work. */
  knownLength?(): number | undefined;
  /** The lines of `explain()` that this stage adds. */
  describe(): readonly StageText[];
  /**
   * What of this stage decides the items (name, version, options). Left out: nothing does, as in look-ahead and
   * progress.
   */
  readonly identity?: unknown;
  /**
   * Whether a failing item moves the items after it along the stream, where the next ones fill its place: a batch.
   * Default false: the items after it come as they do by index.
   */
  readonly shifts?: boolean;
  /**
   * Whether `start` with a position runs from the beginning and drops what was given already. Default false: it seeks.
   */
  readonly replays?: boolean;
}

/** A cursor that stops at once when closed, closes once, and has a signal of its own for what it pulls from. */
export interface OpenCursor<T> extends Cursor<T> {
  close(): Promise<void>;
}

/**
 * Starts a stage inside a run: the one place where cursors are opened. Closing the cursor aborts the signal that the
 * stage was given, then closes it. `start`: another way to start it, of which the stage knows.
 */
export function open<T>(
  stage: Stage<T>,
  run: Run,
  from?: Position,
  start: Stage<T>["start"] = (inside, position) => stage.start(inside, position),
): OpenCursor<T> {
  const fork = forkRun(run);
  const cursor = start(fork.run, from);
  const { watch } = run;
  let closing: Promise<void> | undefined;
  return {
    next: watch
      ? () => (closing ? undefined : watched(watch, stage, () => cursor.next()))
      : () => (closing ? undefined : cursor.next()),
    close() {
      closing ??= (async () => {
        fork.abort();
        await cursor.close();
      })();
      return closing;
    },
  };
}

/** Does what a stage was asked for, and tells how long it took. */
function watched<T>(watch: Watch, stage: Stage<unknown>, ask: () => MaybePromise<T>): MaybePromise<T> {
  const begun = performance.now();
  const answered = (outcome: "entry" | "end" | "error") => watch.answered(stage, performance.now() - begun, outcome);
  const failed = (error: unknown): never => {
    answered("error");
    throw error;
  };
  const given = (entry: T): T => {
    answered(entry === undefined ? "end" : "entry");
    return entry;
  };
  try {
    const answer = ask();
    return isPromise(answer) ? answer.then(given, failed) : given(answer);
  } catch (error) {
    return failed(error);
  }
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
export function cursorOverIndex<T>(view: () => MaybePromise<IndexView<T>>, from: Position = 0): Cursor<T> {
  let opened: IndexView<T> | undefined;
  let index = 0;
  let closed = false;
  const step = (known: IndexView<T>): MaybePromise<Entry<T> | undefined> => {
    if (index >= known.length) return undefined;
    const next = positionIn(known, ++index);
    const entry = known.at(index - 1);
    return isPromise(entry) ? entry.then((ready) => continuing(ready, next)) : continuing(entry, next);
  };
  const begin = (known: IndexView<T>) => {
    if (closed) return undefined;
    opened = known;
    index = from === 0 ? 0 : indexIn(known, from);
    return step(known);
  };
  return {
    next: () => (opened ? step(opened) : whenReady(view(), begin)),
    close() {
      closed = true;
    },
  };
}

/** An entry after which its stage continues at `next`. */
export function continuing<T>(entry: Entry<T>, next: Position): Entry<T> {
  if (entry.next === next) return entry;
  // Field by field: this is done for every item, and spreading takes several times as long.
  const { key, index, value, draws } = entry;
  return draws ? { key, index, value, draws, next } : { key, index, value, next };
}

/** Where the stream of an indexed stage continues with the entry at `index`. */
export function positionIn(view: IndexView<unknown>, index: number): Position {
  return view.positionOf ? view.positionOf(index) : index;
}

/**
 * The index of the entry that a stream continues with at a position; undefined if it is between two, or none of this
 * stage.
 */
export function findIndex(view: IndexView<unknown>, position: Position): number | undefined {
  const index = view.indexAt ? view.indexAt(position) : position;
  const isIndex = typeof index === "number" && Number.isInteger(index) && index >= 0 && index <= view.length;
  return isIndex ? index : undefined;
}

/** The index at a position. @throws PipelineError `VOXRX_BAD_POSITION` if there is none */
export function indexIn(view: IndexView<unknown>, position: Position): number {
  const index = findIndex(view, position);
  if (index === undefined) throw badPosition(position);
  return index;
}

/** The error of a position that a stage can't have given. */
export function badPosition(position: Position | undefined, operator?: string): PipelineError {
  const fault = `${JSON.stringify(position)} is not a position of this plan`;
  return new PipelineError("VOXRX_BAD_POSITION", fault, {
    operator,
    remedy: "Continue with the plan, seed and epoch that the position came from.",
  });
}

/** The items of a stage by index, where there is an index. */
export function indexOf<T>(stage: Stage<T>, run: Run): MaybePromise<IndexView<T>> {
  const view = stage.index?.(run);
  if (view === undefined) {
    throw new PipelineError("VOXRX_NOT_INDEXED", "a stream was asked for an item by its index");
  }
  const { watch } = run;
  if (!watch) return view;
  return whenReady(view, (known) => ({
    ...known,
    at: (index) => watched(watch, stage, () => known.at(index)),
  }));
}
