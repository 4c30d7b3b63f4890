/** How a run is watched: what stages and transforms say of their work, if anybody watches. */
import { isPromise, type MaybePromise } from "../async/maybe-promise.ts";

/** How a request to a stage ended. */
export type Outcome = "entry" | "end" | "error";

/** Says how a request ended, with the item if there is one. */
export type Answered = (outcome: Outcome, item?: unknown) => void;

/** Where a cached item came from. */
export type CacheOutcome = "hit" | "computed" | "joined";

/** What each part of a chain did on another thread since it was last said. */
export type WorkedParts = readonly (readonly [items: number, ms: number, bytes: number])[];

/** Something that works on items, by its name. */
export interface WatchedPart {
  readonly name: string;
}

/**
 * Counts and times what the stages of a run do. A stage is identified by its object; `by` is the stage that pulls from
 * it, undefined if it is the consumer.
 */
export interface Watch {
  /** A stage is asked for an item. */
  asked(stage: object, by: object | undefined): Answered;
  /** One of a stage's transforms begins to work on an item; returns what is called with the result at the end. */
  works(stage: object | undefined, part: WatchedPart): (result?: unknown) => void;
  /** A transform waits for others, whose time is not its own; returns what is called when it goes on. */
  rests(stage: object | undefined, part: WatchedPart): () => void;
  /** A stage has an item in work on another thread; returns what is called at the end. */
  sends(stage: object | undefined): () => void;
  /** What another thread did for a stage. */
  worked(stage: object | undefined, parts: readonly WatchedPart[], done: WorkedParts, worker: number): void;
  /** A cache answered. `part`: the transform that asked; undefined: the stage itself. */
  cached(stage: object | undefined, part: WatchedPart | undefined, outcome: CacheOutcome): void;
}

/** A run as far as it is watched. */
export interface WatchedRun {
  readonly watch?: Watch | undefined;
  /** The stage that this part of the run belongs to. Set where stages are opened, if somebody watches. */
  readonly watchedAs?: object | undefined;
}

/** Makes a request to a stage, and says how it ended. */
export function watchedRequest<R extends { readonly value: unknown } | undefined>(
  answered: Answered,
  request: () => MaybePromise<R>,
): MaybePromise<R> {
  const done = (entry: R) => {
    if (entry === undefined) answered("end");
    else answered("entry", entry.value);
    return entry;
  };
  return ended(request, done, () => answered("error"));
}

/** Does the work of a transform, and times it. */
export function watchedWork<R>(done: (result?: R) => void, work: () => MaybePromise<R>): MaybePromise<R> {
  const finish = (result: R) => {
    done(result);
    return result;
  };
  return ended(work, finish, () => done());
}

function ended<R>(work: () => MaybePromise<R>, done: (result: R) => R, failed: () => void): MaybePromise<R> {
  const fail = (error: unknown): never => {
    failed();
    throw error;
  };
  let result: MaybePromise<R>;
  try {
    result = work();
  } catch (error) {
    return fail(error);
  }
  return isPromise(result) ? result.then(done, fail) : done(result);
}
