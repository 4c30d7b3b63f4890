/**
 * The core of the engine: stages and cursors. A stage is one node of a plan and does no work by itself; `start` begins
 * one run of it and returns a cursor, which is pulled. Datasets and operators are built on this.
 */

import { setMaxListeners } from "node:events";
import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { onAbort } from "../async/on-abort.ts";
import { PipelineError } from "../errors.ts";
import type { ListContent } from "../fingerprint/list-content.ts";
import type { Draw } from "../item/origin.ts";
import type { Seed } from "../random/random.ts";
import { type WatchedRun, watchedRequest } from "../watch/watch.ts";
import { type Inspection, noteSilent, type Passage, runBefore } from "./inspection.ts";
import { stageFailure } from "./item-failure.ts";
import type { StageText } from "./stage-text.ts";

export type { StageText } from "./stage-text.ts";

/** Where a stage continues: a number for a list, otherwise small JSON. Only the stage that made it can read it. */
export type Position = null | boolean | number | string | readonly Position[] | { readonly [name: string]: Position };

/**
 * How the order of a stage's items depends on the epoch. `fixed`: not at all. `varied`: it differs, but by a regular
 * pattern, such as turns of classes, that every n-th item of it would show. `random`: it is a new random order.
 */
export type ItemOrder = "fixed" | "varied" | "random";

/** One item on its way through a plan, with what the engine knows about it. */
export interface Entry<T> {
  /** Stable identity: kept from the source through every transform. */
  readonly id: string;
  /** Position in the source; -1 if there is none (after a batch or a bridged operator). */
  readonly index: number;
  readonly value: T;
  /** Where the stage that yielded this entry continues after it. */
  readonly next: Position;
  /** What random operators drew for it, in the order of the plan. */
  readonly draws?: readonly Draw[];
}

/**
 * One run of a stage, pulled item by item.
 *
 * `next` returns the next entry, or undefined at the end; it is not called again before its promise has settled. A
 * rejection is final unless it is the failure of one item (`isItemFailure`): the next call then continues after that
 * item. `close` releases everything, is called once, and settles without waiting for a pending `next`.
 */
export interface Cursor<T> {
  next(): MaybePromise<Entry<T> | undefined>;
  close(): MaybePromise<void>;
  /** Id of the item that it works on, for errors that don't say which. */
  readonly item?: string | undefined;
}

/** What is fixed for one run of a whole plan, and the signal of the part of it that a stage belongs to. */
export interface Run extends WatchedRun {
  readonly epoch: number;
  /** Overrides the seeds of all sources. Undefined: each source keeps its own. */
  readonly seed: Seed | undefined;
  /** Aborted when this part of the run is closed. */
  readonly signal: AbortSignal;
  /** The same object in all parts of a run. Set where stages are opened. */
  readonly whole?: object | undefined;
  /** Runs transforms on other threads: see `otherThreadsIn`. */
  readonly otherThreads?: object | undefined;
  /** Throws if the run was closed: work that lets no event loop turn can't see that from `signal`. */
  readonly throwIfStopped?: (() => void) | undefined;
  /** What it is asked for besides its items. */
  readonly inspection?: Inspection | undefined;
}

/** Items by index, within one run. */
export interface IndexView<T> {
  readonly length: number;
  /**
   * The entry at `index`, which is from 0 to length - 1. Calls may overlap. The `next` of the entry has no meaning: see
   * `positionOf`.
   */
  at(index: number): MaybePromise<Entry<T>>;
  /** Where the stage's stream continues with the entry at `index`. Left out: the index itself. */
  readonly positionOf?: ((index: number) => Position) | undefined;
  /**
   * The index of the entry that the stream continues with at a position; undefined if it is between two entries. The
   * inverse of `positionOf`.
   */
  readonly indexAt?: ((position: Position) => number | undefined) | undefined;
}

/** What `explain()` says of a stage and of what is before it. */
export interface StageExplanation {
  readonly inputs: readonly Stage<unknown>[];
  readonly lines: readonly StageText[];
}

/** One node of a plan. */
export interface Stage<T> {
  /** Stages that this one pulls from. Item ids, the seed and draws come from the first one. */
  readonly inputs: readonly Stage<unknown>[];
  /** Seed of the random operators at this place. */
  readonly seed: Seed;
  /** Number of random operators from the source to here, this one included: the ordinal of the next one. */
  readonly randomCount: number;
  /**
   * Begins a run: at the first entry, or where an entry of an earlier run of the same epoch says that the run continues
   * (`next`).
   */
  start(run: Run, from?: Position): Cursor<T>;
  /** Items by index, for stages that have them. */
  readonly index?: ((run: Run) => MaybePromise<IndexView<T>>) | undefined;
  /** Length, if it is known without doing any work. */
  knownLength?(): number | undefined;
  /** The lines of `explain()` that this stage adds. */
  describe(): readonly StageText[];
  /** For a stage that also describes some of the stages before it. Left out: its inputs, and the lines that it adds. */
  explain?(): StageExplanation;
  /**
   * What in this stage determines the items (name, version, options). Left out: nothing, as in look-ahead and progress.
   */
  readonly identity?: unknown;
  /**
   * Whether a failing item shifts the items after it in the stream, because the next ones take its place, as in a
   * batch. Default false: the items after it are the same as by index.
   */
  readonly shifts?: boolean;
  /**
   * Whether `start` with a position runs from the beginning and drops what was already yielded. Default false: it
   * seeks.
   */
  readonly replays?: boolean;
  /**
   * Why a later run of the same epoch may have other items, because they depend on time or on a source that is shared
   * with others. A run with such a stage has no checkpoint.
   */
  readonly unrepeatable?: string | undefined;
  /** The rank whose part of the items it yields, and the number of ranks. Not part of the identity. */
  readonly rank?: readonly [rank: number, worldSize: number] | undefined;
  /** How the order of its items depends on the epoch. Left out: as that of its inputs does. */
  readonly itemOrder?: ItemOrder | undefined;
  /** Whether it may have more or fewer items by index in another epoch. Left out: if one of its inputs may. */
  readonly lengthVaries?: boolean | undefined;
  /** What it chose from what it measured, as text. */
  readonly tuned?: (() => string) | undefined;
  /** The content of a source's list, once it is known. */
  listed?(): ListContent | undefined;
  /**
   * Name of the operator that frees what an item holds when the next one is requested, if one does: see `lentFrom`. Left
   * out: items can be held.
   */
  readonly lends?: string | undefined;
  /**
   * The epoch of a run with this seed that others have begun and a new consumer can still join, if there is one: see
   * `joinableEpochOf`.
   */
  readonly joinableEpoch?: ((seed: Seed | undefined) => number | undefined) | undefined;
  /** How a single item, or a part of the plan, goes through it. */
  readonly passage?: Passage<Stage<unknown>> | undefined;
}

/** A cursor that stops at once when closed, closes only once, and has its own signal for what it pulls from. */
export interface OpenCursor<T> extends Cursor<T> {
  close(): Promise<void>;
}

/**
 * Starts a stage inside a run: the one place where cursors are opened. Closing the cursor aborts the signal that the
 * stage was given, then closes it. The end of the run closes it too, whoever holds it and whatever that is waiting for.
 * Whatever the stage throws becomes an error of VoxRx that names it. `start`: another way to start the stage, which the
 * stage itself provides.
 */
export function open<T>(
  stage: Stage<T>,
  run: Run,
  from?: Position,
  start: Stage<T>["start"] = (inside, position) => stage.start(inside, position),
): OpenCursor<T> {
  // What runs on after its run was closed, such as a step to the next input, opens nothing more.
  if (run.signal.aborted) return { next: () => undefined, close: async () => undefined };
  // Nobody waits for a close by the signal; who closes the cursor afterwards gets its failure.
  const inside = watchedAs(stage, runBefore(run, stage.passage));
  const fork = forkRun(inside, () => void close().catch(() => undefined));
  const failed = (caught: unknown, item?: string): never => {
    throw stageFailure(caught, { operator: nameOf(stage), item }, run.signal, fork.run.signal);
  };
  let closing: Promise<void> | undefined;
  let started: Cursor<T> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      fork.abort();
      if (!started) await undefined; // the run ended in the middle of `start`
      await orElse(() => started?.close(), failed);
    })();
    return closing;
  };
  // Of an indexed stage, a single item is looked for by index: that leaves no other out, so places stay the same.
  const isSought = fork.run.inspection?.only && stage.index;
  const view = () => indexOf(stage, { ...run, whole: fork.run.whole, signal: fork.run.signal });
  const cursor = orElse(() => (isSought ? cursorOverIndex(view, from) : start(fork.run, from)), failed);
  started = cursor;
  const { watch } = run;
  const pull = () =>
    orElse<Entry<T> | undefined>(
      () => cursor.next(),
      (caught) => failed(caught, cursor.item),
    );
  const watched = watch && (() => watchedRequest(watch.asked(stage, run.watchedAs), pull));
  return { next: watched ? () => (closing ? undefined : watched()) : () => (closing ? undefined : pull()), close };
}

/** The run as a stage has it: if somebody watches, what is done in it is counted for the stage. */
function watchedAs(stage: Stage<unknown>, run: Run): Run {
  return run.watch ? { ...run, watchedAs: stage } : run;
}

/** The result of `work`; what it throws, now or later, goes to `failed`. */
function orElse<R>(work: () => R, failed: (caught: unknown) => never): R;
function orElse<R>(work: () => MaybePromise<R>, failed: (caught: unknown) => never): MaybePromise<R>;
function orElse<R>(work: () => MaybePromise<R>, failed: (caught: unknown) => never): MaybePromise<R> {
  try {
    const result = work();
    return isPromise(result) ? result.then(undefined, failed) : result;
  } catch (caught) {
    return failed(caught);
  }
}

/** The name of a stage, for messages. */
function nameOf(stage: Stage<unknown>): string | undefined {
  try {
    return stage.describe().at(-1)?.name;
  } catch {
    return undefined;
  }
}

/**
 * A run with its own signal, which follows that of the given run, and `atEnd` with it. `abort` also removes the
 * listener from that signal.
 */
function forkRun(run: Run, atEnd: () => void): { readonly run: Run; abort(reason?: unknown): void } {
  const controller = new AbortController();
  // Functions of users get this signal: each item in work may listen to it.
  setMaxListeners(0, controller.signal);
  if (run.inspection?.isSilent) noteSilent(controller.signal);
  const unfollow = onAbort(run.signal, () => {
    controller.abort(run.signal.reason);
    atEnd();
  });
  return {
    run: { ...run, whole: run.whole ?? {}, signal: controller.signal },
    abort(reason = new DOMException("This run was closed", "AbortError")) {
      unfollow();
      controller.abort(reason);
    },
  };
}

/** Iterates a view as a cursor. Entries are made one at a time, on request. */
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
  const { id, index, value, draws } = entry;
  return draws ? { id, index, value, draws, next } : { id, index, value, next };
}

/** Where the stream of an indexed stage continues with the entry at `index`. */
export function positionIn(view: IndexView<unknown>, index: number): Position {
  return view.positionOf ? view.positionOf(index) : index;
}

/**
 * The index of the entry that a stream continues with at a position; undefined if it is between two entries, or not a
 * position of this stage.
 */
export function findIndex(view: IndexView<unknown>, position: Position): number | undefined {
  const index = view.indexAt ? view.indexAt(position) : position;
  const isIndex = typeof index === "number" && Number.isInteger(index) && index >= 0 && index <= view.length;
  return isIndex ? index : undefined;
}

/** The index at a position. @throws PipelineError `VOXRX_BAD_POSITION` if there is none */
function indexIn(view: IndexView<unknown>, position: Position): number {
  const index = findIndex(view, position);
  if (index === undefined) throw badPosition(position);
  return index;
}

/** The error of a position that a stage can't have made. */
export function badPosition(position: Position | undefined, operator?: string): PipelineError {
  const fault = `${JSON.stringify(position)} is not a position of this plan`;
  return new PipelineError("VOXRX_BAD_POSITION", fault, {
    operator,
    remedy: "Continue with the plan, seed and epoch that the position came from.",
  });
}

/**
 * The items of a stage by index. Whatever the stage throws becomes an error of VoxRx that names it.
 *
 * @throws PipelineError `VOXRX_NOT_INDEXED` if it has none
 */
export function indexOf<T>(stage: Stage<T>, run: Run): MaybePromise<IndexView<T>> {
  const failed = (caught: unknown): never => {
    throw stageFailure(caught, { operator: nameOf(stage) }, run.signal);
  };
  const before = watchedAs(stage, runBefore(run.whole ? run : { ...run, whole: {} }, stage.passage));
  const found = orElse<IndexView<T> | undefined>(() => stage.index?.(before), failed);
  const { watch } = run;
  return whenReady(found, (view) => {
    if (view === undefined) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "this dataset is a stream: it has no items by index", {
        remedy: "Put indexed() before it, if the items are small and finite.",
      });
    }
    const at = (index: number) => orElse(() => view.at(index), failed);
    const watched = watch && ((n: number) => watchedRequest(watch.asked(stage, run.watchedAs), () => at(n)));
    return { ...view, at: watched ?? at };
  });
}
