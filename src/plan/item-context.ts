/** The context that transforms receive with an item. All code that runs transforms gets it from here. */

import { PipelineError } from "../errors.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import type { Draw } from "../item/origin.ts";
import { type Borrower, ResultMemory } from "../memory/result-memory.ts";
import { Random, type Seed } from "../random/random.ts";
import { losses } from "../volume/unread.ts";
import type { CacheOutcome, WatchedPart } from "../watch/watch.ts";
import type { Entry, Run, Stage } from "./stage.ts";

/**
 * What a transform can use besides the item. A deterministic transform can use only `signal` and `dependsOn`: id,
 * index, run and random numbers are refused with `VOXRX_NOT_DETERMINISTIC`, because its result may come from a cache.
 */
export interface ItemContext {
  /** The item's id. */
  readonly id: string;
  /** Position of the item in the source; -1 if there is none. */
  readonly index: number;
  readonly run: Run;
  readonly signal: AbortSignal;
  /**
   * The random generator of this operator for this item, determined by seed, epoch, item id and the operator's ordinal.
   */
  random(): Random;
  /** Records a file that the result depends on; a cache entry made from it becomes stale when the file changes. */
  dependsOn(file: FileIdentity): void;
  /** Whether a cache keeps the files that the result depends on. If not, they need not be identified. */
  readonly recordsFiles: boolean;
  /** Records what was drawn; it stays with the item. */
  drew(params: unknown): void;
  /** The same context with another generator: the n-th of those nested in this one's. */
  inner(n: number): ItemContext;
}

/** One operator's place in a plan, from which its notes and its generators are made. */
export interface OperatorPlace {
  readonly operator: string;
  /** Its ordinal among the random operators; deeper numbers for transforms inside others. */
  readonly path: readonly number[];
  /**
   * Whether it can read the item's id and draw: it is not deterministic, or what it reads does not affect the result.
   */
  readonly sees: boolean;
  /** Name of the operator that it is nested in (`oneOf`). Default: none. */
  readonly nestedIn?: string;
  /** The transform, for whoever watches. */
  readonly part?: WatchedPart;
}

/** The place of a transform, alone or nested in another operator. */
export function placeOf(
  part: { readonly name: string; readonly kind: string; readonly seesItem?: boolean },
  path: readonly number[],
  nestedIn?: string,
): OperatorPlace {
  const sees = part.seesItem === true || part.kind !== "deterministic";
  return { operator: part.name, path, sees, part, ...(nestedIn === undefined ? {} : { nestedIn }) };
}

/** The name of an operator at its place, for messages: `oneOf of flip`. */
export function placeName({ operator, nestedIn }: OperatorPlace): string {
  return nestedIn === undefined ? operator : `${nestedIn} of ${operator}`;
}

/** The context of an entry before its first transform. The code that runs transforms sets its place before each. */
export function contextOf(
  entry: EntryIdentity,
  run: Run,
  seed: Seed,
  notes: ItemNotes,
  place: OperatorPlace = noPlace,
): TransformContext {
  return new TransformContext(entry, run, run.seed ?? seed, place, notes);
}

/** The context of a stage that works on the entries of its input like a transform. */
export function stageContext(
  operator: string,
  entry: Entry<unknown>,
  run: Run,
  input: Stage<unknown>,
  notes: ItemNotes,
): ItemContext {
  return contextOf(entry, run, input.seed, notes, { operator, path: [input.randomCount], sees: true });
}

const noPlace: OperatorPlace = { operator: "", path: [], sees: false };

/**
 * The context of one item on its way through transforms. They run one after the other, so they share it, and `place`
 * changes. Its fields are plain rather than private because a context is made for every item.
 */
export class TransformContext implements ItemContext, Borrower {
  readonly entry: EntryIdentity;
  readonly inRun: Run;
  readonly seed: Seed;
  readonly notes: ItemNotes;
  place: OperatorPlace;
  /** Taken by the results of transforms that keep nothing. */
  memory: ResultMemory | undefined;
  /** Whether the current transform keeps nothing. */
  lends = false;
  /**
   * Samples that are still in a store: whether the item may have them, or has them. Who runs the transforms then reads
   * them before anything that may keep a volume, and runs the item again if they are lost.
   */
  unread: "none" | "possible" | "some" = "none";
  /** {@link losses} when the item came. */
  lossesBefore = 0;

  constructor(entry: EntryIdentity, run: Run, seed: Seed, place: OperatorPlace, notes: ItemNotes) {
    this.entry = entry;
    this.inRun = run;
    this.seed = seed;
    this.place = place;
    this.notes = notes;
    this.memory = undefined;
  }

  get id(): string {
    this.#check("the item's id");
    return this.entry.id;
  }

  get index(): number {
    this.#check("the item's index");
    this.inRun.inspection?.onIndex?.(this.place.operator);
    return this.entry.index;
  }

  get run(): Run {
    this.#check("the epoch of the run");
    return this.inRun;
  }

  get signal(): AbortSignal {
    return this.inRun.signal;
  }

  /** A getter, so that functions can take it out of the context: `({ random }) => …`. */
  get random(): () => Random {
    return () => {
      this.#check("a random number");
      return new Random(this.seed, this.inRun.epoch, this.entry.id, ...this.place.path);
    };
  }

  /** A getter, like {@link random}. */
  get dependsOn(): (file: FileIdentity) => void {
    return (file) => void this.notes.files?.push(file);
  }

  get recordsFiles(): boolean {
    return this.notes.files !== undefined;
  }

  drew(params: unknown): void {
    const { operator, path } = this.place;
    (this.notes.draws ??= []).push({ operator, ordinal: path[0] ?? 0, params });
  }

  inner(n: number): ItemContext {
    const place = { ...this.place, path: [...this.place.path, n] };
    return new TransformContext(this.entry, this.inRun, this.seed, place, this.notes);
  }

  /** A context for transforms nested in the current one, with separate notes. */
  nested(notes: ItemNotes): TransformContext {
    return new TransformContext(this.entry, this.inRun, this.seed, noPlace, notes);
  }

  #check(what: string): void {
    if (!this.place.sees) throw notDeterministic(placeName(this.place), what);
  }
}

/** Whether an item may come from a store without its samples: then whoever runs the transforms reads them. */
export function takesUnread(context: ItemContext): boolean {
  if (!(context instanceof TransformContext) || context.unread === "none") return false;
  context.unread = "some";
  context.lossesBefore = losses.count;
  return true;
}

/**
 * Where a transform that continues after an await takes the memory of its result from. Undefined for one that may keep
 * volumes: then only the system gives memory.
 */
export function resultMemoryOf(context: ItemContext): ResultMemory | undefined {
  return context instanceof TransformContext && context.lends ? (context.memory ??= new ResultMemory()) : undefined;
}

/** Tells whoever watches that a cache answered. */
export function noteCached(context: ItemContext, outcome: CacheOutcome): void {
  if (!(context instanceof TransformContext)) return;
  const { inRun, place } = context;
  inRun.watch?.cached(inRun.watchedAs, place.part, outcome);
}

/** Does work of other transforms for a transform, whose time is then not its own. */
export async function besideOwnWork<R>(context: ItemContext, work: () => Promise<R>): Promise<R> {
  if (!(context instanceof TransformContext)) return work();
  const { inRun, place } = context;
  const done = place.part && inRun.watch?.rests(inRun.watchedAs, place.part);
  try {
    return await work();
  } finally {
    done?.();
  }
}

/**
 * The error of a deterministic function that uses what it must not: a cache would keep one result for all items, epochs
 * and runs.
 */
function notDeterministic(operator: string, what: string): PipelineError {
  return new PipelineError("VOXRX_NOT_DETERMINISTIC", `a deterministic function must not use ${what}`, {
    operator,
    remedy:
      "Leave out its version, so that it is not cached; add what it needs to the record; or declare it as random.",
  });
}

interface EntryIdentity {
  readonly id: string;
  readonly index: number;
}

/** What the transforms of one item record. */
export interface ItemNotes {
  draws?: Draw[];
  /** Left out: nobody asks for them. */
  files?: FileIdentity[];
}
