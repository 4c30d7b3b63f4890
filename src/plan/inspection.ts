/** What somebody who looks into a run wants of it, and what stages tell them. Without one nothing is recorded. */
import type { VoxRxError } from "../errors.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import type { Draw } from "../item/origin.ts";

/** What a run is asked for besides its items. */
export interface Inspection {
  /** Whether no progress is drawn: a consumer further out draws it, or nobody asked for items (`peek`). */
  readonly isSilent?: boolean | undefined;
  /** Whether the consumer keeps the items that it gets after the end of the run (`peek`). */
  readonly keepsItems?: boolean | undefined;
  /** Called when a cache has answered. */
  readonly onCache?: ((answer: CacheNote) => void) | undefined;
  /**
   * Called with each file that the result of an item depends on. Everything then runs on the main thread: files that
   * threads read are not known here.
   */
  readonly onFile?: ((file: FileIdentity, item: string) => void) | undefined;
  /** Called with the name of an operator that asks for the place of an item in the list. */
  readonly onIndex?: ((operator: string) => void) | undefined;
  /** Called with each failure of an item that `onError` leaves out. */
  readonly onSkip?: ((error: VoxRxError) => void) | undefined;
  /** Only this item is wanted. */
  readonly only?: Only | undefined;
}

/** What a cache answered. */
export interface CacheNote {
  /** Name of the store. */
  readonly store: string;
  /** Whether the store had the item, or this or another caller computed it. */
  readonly outcome: "hit" | "computed" | "joined";
  /** Identity of the entry in the store. */
  readonly entry: string;
}

/** What was done to the wanted item. */
export interface TraceStep {
  readonly name: string;
  readonly kind: "deterministic" | "random" | "opaque";
  /** Options as text. */
  readonly options?: string;
  /** What a random one drew. */
  readonly draws: readonly Draw[];
  readonly files: readonly FileIdentity[];
  readonly ms: number;
  /** Whether its result is kept by a cache, with which it was fetched. */
  readonly cached?: true;
}

/** Receives what is done to the wanted item, in order. */
export type Trace = (step: TraceStep) => void;

/**
 * One item that is wanted, by the ids that it may have at one place of the plan: parts (`ID/n`) and repetitions (`ID~n`)
 * come from items with shorter ids. Chains of transforms leave other items out; by index they pass them on as they are,
 * so that places stay the same.
 */
export class Only {
  readonly trace: Trace | undefined;
  /** The same after the stage that this is before. */
  readonly after: Only | undefined;
  /** Whether no item is wanted, but what there is of all of them without any work. */
  readonly isList: boolean;
  readonly #ids: ReadonlySet<string>;
  readonly #leavesOut: boolean;

  private constructor(
    ids: Iterable<string>,
    trace: Trace | undefined,
    leavesOut: boolean,
    { after, isList = false }: { readonly after?: Only | undefined; readonly isList?: boolean } = {},
  ) {
    this.trace = trace;
    this.after = after;
    this.isList = isList;
    this.#ids = new Set(ids);
    this.#leavesOut = leavesOut;
  }

  static item(id: string, trace?: Trace): Only {
    return new Only([id], trace, true);
  }

  /** No item is wanted, only their ids and records. */
  static get nothing(): Only {
    return new Only([], undefined, true, { isList: true });
  }

  /** Whether it may be the wanted item, or what that is made from. */
  wants(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Whether an item needs no work. */
  leavesOut(id: string): boolean {
    return this.#leavesOut && !this.#ids.has(id);
  }

  /** The same before a stage that goes through items as `passage` says. */
  before({ keepsItems = false, ids }: ItemPassage): Only {
    const own = [...this.#ids];
    const made = ids && own.flatMap((id) => (ids === "parts" ? /^(.*)\/\d+$/s : /^(.*)~\d+$/s).exec(id)?.[1] ?? []);
    const before = made ? (ids === "parts" ? made : [...own, ...made]) : own;
    return new Only(before, this.trace, this.#leavesOut && keepsItems, { after: this, isList: this.isList });
  }

  /** The same before a stage that puts a prefix before the ids of an input. */
  beforePrefix(prefix: string): Only {
    const ids = [...this.#ids].filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length));
    return new Only(ids, this.trace, this.#leavesOut, { after: this.after, isList: this.isList });
  }

  /**
   * The same before one pass of an input of a stage that puts a prefix before its ids, and the number of a pass after the
   * first behind them: an item of another pass is another item.
   */
  beforePass(prefix: string, pass: number): Only {
    const suffix = pass === 0 ? "" : `~${pass}`;
    const ids = [...(this.after ?? this).#ids]
      .filter((id) => id.startsWith(prefix) && id.endsWith(suffix))
      .map((id) => id.slice(prefix.length, id.length - suffix.length));
    return new Only(ids, this.trace, this.#leavesOut, { after: this.after, isList: this.isList });
  }
}

/** Part of a run that is inspected. */
interface Inspected {
  readonly inspection?: Inspection | undefined;
}

/** A run in which no item is left out: for what is kept for other runs. */
export function ofAllItems<R extends Inspected>(run: R): R {
  return run.inspection?.only ? { ...run, inspection: { ...run.inspection, only: undefined } } : run;
}

/** A run before a stage: with all items, if the stage may look at others than the wanted one. */
export function runBefore<R extends Inspected>(run: R, passage: ItemPassage = {}): R {
  const { inspection } = run;
  if (!inspection?.only) return run;
  return { ...run, inspection: { ...inspection, only: inspection.only.before(passage) } };
}

/** A run before a stage that puts a prefix before the ids of an input. */
export function runBeforePrefix<R extends Inspected>(run: R, prefix: string): R {
  const { inspection } = run;
  if (!inspection?.only) return run;
  return { ...run, inspection: { ...inspection, only: inspection.only.beforePrefix(prefix) } };
}

/** A run before one pass of an input, as {@link Only.beforePass} says. */
export function runBeforePass<R extends Inspected>(run: R, prefix: string, pass: number): R {
  const { inspection } = run;
  if (!inspection?.only) return run;
  return { ...run, inspection: { ...inspection, only: inspection.only.beforePass(prefix, pass) } };
}

/** Whether an item needs no work in a run, because another one is wanted. */
export function isLeftOut(run: Inspected, id: string): boolean {
  return run.inspection?.only?.leavesOut(id) ?? false;
}

/** What keeps results in a store. */
export interface CacheMark {
  /** Name of the store. */
  readonly store: string;
  /** How the store rounds samples; see {@link Store.rounding}. */
  readonly rounding?: string | undefined;
  /** Identity of the transforms whose results it keeps, as it is now. */
  readonly prefix: () => string;
}

/** How a single item is found after a stage. */
export interface ItemPassage {
  /**
   * Whether each of its items is made from one item of its input, and it looks at no other for that: with `only`, others
   * may be left out of its input, or come without any work done to them. Default false.
   */
  readonly keepsItems?: boolean;
  /** How ids of its items are made from those of its input: `ID/n`, or `ID` and `ID~n`. Left out: they are the same. */
  readonly ids?: "parts" | "repeats";
}

/** How a stage can be gone through by somebody who wants a single item, or a part of the plan. */
export interface Passage<S> extends ItemPassage {
  /** Whether it makes one item of several. Default false. */
  readonly gathers?: boolean;
  /** Whether its items have ids that say nothing of where they came from. Default false. */
  readonly losesIds?: boolean;
  /** Whether it only says where its input is computed: on other threads. Default false. */
  readonly elsewhere?: boolean;
  /** The epoch of its input, whatever that of the run is. */
  readonly epoch?: number | "several";
  /** Where it keeps its items. */
  readonly cache?: CacheMark;
  /** The same over another input, for a stage that says how items are computed, not which. Left out: it can't be. */
  readonly over?: ((input: S) => S) | undefined;
}

const silentSignals = new WeakSet<AbortSignal>();
let isOpeningSilently = false;

/** Notes that a run with this signal draws no progress; runs that are started with the signal then draw none either. */
export function noteSilent(signal: AbortSignal): void {
  silentSignals.add(signal);
}

/** Whether a run that starts now, with this signal, is inside of one that draws the progress. */
export function startsSilently(signal: AbortSignal | undefined): boolean {
  return isOpeningSilently || (signal !== undefined && silentSignals.has(signal));
}

/** Does work of a run with this signal: runs that the work makes at once are inside of it. */
export function insideRun<R>(signal: AbortSignal, work: () => R): R {
  const before = isOpeningSilently;
  isOpeningSilently = before || silentSignals.has(signal);
  try {
    return work();
  } finally {
    isOpeningSilently = before;
  }
}
