/** Transforms: item in, item out, declared with a name, a version and options so that they can be fused, cached and replayed. */

import type { MaybePromise } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import type { FileIdentity } from "../files/identify-file.ts";
import { fingerprintOf } from "../fingerprint/fingerprint.ts";
import { Random, type Seed } from "../random/random.ts";
import type { Draw, Run, StageText } from "./stage.ts";
import type { VolumeTraits } from "./volume-traits.ts";

/** What a transform says of itself: the same item always gives the same result; it draws; nobody knows (a user's function). */
export type TransformKind = "deterministic" | "random" | "opaque";

/** What a step answers when the item is to be left out. */
export const dropped: unique symbol = Symbol("voxrx.dropped");

/**
 * What a transform may ask about the item in its hands. One that is deterministic may ask for `signal` and `dependsOn` only: the rest
 * is refused with `VOXRX_NOT_DETERMINISTIC`, for what it gives may come from a cache.
 */
export interface ItemContext {
  /** The item's id. */
  readonly key: string;
  /** The item's place in the source; -1 where there is none. */
  readonly index: number;
  readonly run: Run;
  readonly signal: AbortSignal;
  /** The generator of this operator for this item: fixed by seed, epoch, item id and the operator's ordinal. */
  random(): Random;
  /** Notes a file that the result depends on; a cache entry made from it is stale once the file changes. */
  dependsOn(file: FileIdentity): void;
  /** Notes what was drawn; it travels on the item. */
  drew(params: unknown): void;
  /** The same with another generator: the n-th of those inside this transform's. */
  inner(n: number): ItemContext;
}

/** One item transform at work: what was declared, with its options. `A` in, `B` out. */
export interface Transform<A = unknown, B = unknown> {
  readonly name: string;
  readonly kind: TransformKind;
  /** Digest of name, version, options and surroundings as they are when it is read; undefined for an opaque transform. */
  readonly fingerprint: string | undefined;
  /** Options in words, for `explain()`. */
  readonly detail?: string | undefined;
  /** Lines for `explain()`, where the usual one is not enough. */
  readonly describe?: (() => readonly StageText[]) | undefined;
  /** Items in work at once that this transform asks for. Default 1. */
  readonly concurrency?: number | undefined;
  /** Whether it may answer {@link dropped}; a dataset after it is no longer indexed. */
  readonly drops?: boolean;
  /** Whether it moves volumes by their grids alone: it works on outlines, and several of it can be done as one resampling. */
  readonly geometric?: boolean;
  /** Whether it may look at the item's id, index and run although it is deterministic: none of them decides what it gives. */
  readonly seesItem?: boolean;
  /** Transforms with the same token are done as one resampling where they can be. */
  readonly lazy?: object;
  /** The transforms whose work it does, where it decides nothing of its own: a cache of them. */
  readonly insteadOf?: readonly Transform[] | undefined;
  /** What it was made of, so that it can be made again elsewhere. Left out: it can't be (a user's function). */
  readonly declared?: Declared | undefined;
  apply(item: A, context: ItemContext): MaybePromise<B | typeof dropped>;
}

/** A declaration with the options that it was called with, checked and with defaults filled in. */
export interface Declared {
  readonly declaration: TransformDeclaration<never>;
  readonly options: unknown;
}

/** What an operator from item to item is: data, and functions that receive the checked options and capture nothing. */
export interface TransformDeclaration<O> {
  readonly name: string;
  /** Bumped whenever the numbers change; caches recompute then. */
  readonly version: number | string;
  /** Default `deterministic`. */
  readonly kind?: TransformKind | undefined;
  /** What of the options decides the result, as plain data. Default: all of them. */
  readonly identity?: ((options: O) => unknown) | undefined;
  /**
   * What else decides the result and may change after composition (image formats that are registered), as plain data: asked for
   * whenever a fingerprint is read. Default: nothing.
   */
  readonly surroundings?: (() => unknown) | undefined;
  /** See {@link Transform.concurrency}. */
  readonly concurrency?: ((options: O) => number) | undefined;
  readonly drops?: boolean | undefined;
  readonly geometric?: boolean | ((options: O) => boolean) | undefined;
  readonly seesItem?: boolean | undefined;
  /** What it does to the volumes of an item, for stages that fuse, cut or move it. */
  readonly traits?: VolumeTraits<O> | undefined;
  apply(item: unknown, options: O, context: ItemContext): MaybePromise<unknown>;
  /** Of a random one: applies what was drawn before, without drawing. */
  readonly twin?:
    | ((item: unknown, params: unknown, options: O, context: ItemContext) => MaybePromise<unknown>)
    | undefined;
}

/** Makes a transform of a declaration and checked options. */
export function declareTransform<O>(declaration: TransformDeclaration<O>, options: O): Transform {
  const { name, version, kind = "deterministic", drops = false, geometric = false, seesItem = false } = declaration;
  const { surroundings } = declaration;
  const identity = declaration.identity ? declaration.identity(options) : options;
  const fingerprint = kind === "opaque" ? undefined : fingerprintOf(name, version, identity);
  return {
    name,
    kind,
    get fingerprint() {
      return surroundings && fingerprint ? fingerprintOf(name, version, [fingerprint, surroundings()]) : fingerprint;
    },
    detail: optionsText(identity),
    concurrency: declaration.concurrency?.(options),
    drops,
    geometric: typeof geometric === "function" ? geometric(options) : geometric,
    seesItem,
    declared: { declaration, options },
    apply: (item, context) => declaration.apply(item, options, context),
  };
}

/** The lines of `explain()` for a transform. */
export function transformText(transform: Transform): readonly StageText[] {
  if (transform.describe) return transform.describe();
  const { name, kind, detail, concurrency = 1, lazy, geometric } = transform;
  const notes = [
    ...(kind === "random" ? [kind] : []),
    ...(kind === "opaque" ? ["opaque: never cached; give it a version and options to let it be"] : []),
    ...(concurrency > 1 ? [`concurrency ${concurrency}`] : []),
    ...(lazy
      ? [geometric ? "lazy: one resampling with its neighbours" : "not lazy: what is before it is resampled"]
      : []),
  ];
  return [{ name, detail, notes }];
}

/** Options in words: `pixdim=[1.5,1.5,2] mode=bilinear`. */
export function optionsText(options: unknown): string | undefined {
  if (typeof options !== "object" || options === null) return options === undefined ? undefined : String(options);
  const words = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return words.length > 0 ? words.join(" ") : undefined;
}

/** One operator's place in a plan: what its notes and its generators are made of. */
export interface StepPlace {
  readonly operator: string;
  /** Its ordinal among the random operators; deeper numbers for transforms inside others. */
  readonly path: readonly number[];
  /** Whether it may look at the item's id and draw: it is not deterministic, or what it sees decides nothing. */
  readonly sees: boolean;
  /** Name of the operator that it works inside of (`oneOf`). Default: none. */
  readonly inside?: string;
}

/** The name of an operator at its place, for messages: `oneOf of flip`. */
export function placeName({ operator, inside }: StepPlace): string {
  return inside === undefined ? operator : `${inside} of ${operator}`;
}

/**
 * The context of one item on its way through a chain. One for all steps, since steps follow each other: the chain moves `place`.
 * Plain fields rather than private ones, for it is made again for every item.
 */
export class StepContext implements ItemContext {
  readonly entry: EntryIdentity;
  readonly inRun: Run;
  readonly seed: Seed;
  readonly notes: ItemNotes;
  place: StepPlace;

  constructor(entry: EntryIdentity, run: Run, seed: Seed, place: StepPlace, notes: ItemNotes) {
    this.entry = entry;
    this.inRun = run;
    this.seed = run.seed ?? seed;
    this.place = place;
    this.notes = notes;
  }

  get key(): string {
    this.#check("the item's id");
    return this.entry.key;
  }

  get index(): number {
    this.#check("the item's index");
    return this.entry.index;
  }

  get run(): Run {
    this.#check("the epoch of the run");
    return this.inRun;
  }

  get signal(): AbortSignal {
    return this.inRun.signal;
  }

  /** A getter, so that functions may take it out of the context: `({ random }) => …`. */
  get random(): () => Random {
    return () => {
      this.#check("a random number");
      return new Random(this.seed, this.inRun.epoch, this.entry.key, ...this.place.path);
    };
  }

  /** A getter as {@link random} is. */
  get dependsOn(): (file: FileIdentity) => void {
    return (file) => void (this.notes.files ??= []).push(file);
  }

  drew(params: unknown): void {
    const { operator, path } = this.place;
    (this.notes.draws ??= []).push({ operator, ordinal: path[0] ?? 0, params });
  }

  inner(n: number): ItemContext {
    return new StepContext(
      this.entry,
      this.inRun,
      this.seed,
      { ...this.place, path: [...this.place.path, n] },
      this.notes,
    );
  }

  #check(what: string): void {
    if (!this.place.sees) throw notDeterministic(placeName(this.place), what);
  }
}

/** What a deterministic function must not ask for: a cache would keep one answer for all items, epochs and runs. */
function notDeterministic(operator: string, what: string): PipelineError {
  return new PipelineError("VOXRX_NOT_DETERMINISTIC", `a deterministic function asks for ${what}`, {
    operator,
    remedy:
      "Leave out its version, so that it is not cached; put what it needs into the record before; or declare it as random.",
  });
}

interface EntryIdentity {
  readonly key: string;
  readonly index: number;
}

/** What the steps of one item note down. */
export interface ItemNotes {
  draws?: Draw[];
  files?: FileIdentity[];
}
