/** Transforms: item in, item out, declared with a name, a version and options so that they can be fused, cached and replayed. */
import type { FileIdentity } from "../fingerprint/file.ts";
import { fingerprintOf } from "../fingerprint/fingerprint.ts";
import { Random, type Seed } from "../random/random.ts";
import type { MaybePromise } from "./maybe.ts";
import type { Draw, Run, StageText } from "./stage.ts";

/** What a transform says of itself: the same item always gives the same result; it draws; nobody knows (a user's function). */
export type TransformKind = "deterministic" | "random" | "opaque";

/** What a step answers when the item is to be left out. */
export const dropped: unique symbol = Symbol("voxrx.dropped");

/** What a transform is told about the item in its hands. */
export interface ItemContext {
  /** The item's key. */
  readonly key: string;
  /** The item's position in the source; -1 where there is none. */
  readonly index: number;
  readonly run: Run;
  readonly signal: AbortSignal;
  /** The generator of this operator for this item: fixed by seed, epoch, item key and the operator's position. */
  random(): Random;
  /** Notes a file that the result depends on; a cache entry made from it is stale once the file changes. */
  dependsOn(file: FileIdentity): void;
  /** Notes what was drawn; it travels on the item. */
  drew(params: unknown): void;
  /** The context for the n-th transform inside this one (`oneOf`, `someOf`): its generator is another. */
  inner(n: number): ItemContext;
}

/** One item transform, as the engine sees it. `A` in, `B` out. */
export interface Transform<A = unknown, B = unknown> {
  readonly name: string;
  readonly kind: TransformKind;
  /** Digest of name, version and options; undefined for an opaque transform. */
  readonly fingerprint: string | undefined;
  /** Options in words, for `explain()`. */
  readonly detail?: string | undefined;
  /** Lines for `explain()`, where the usual one is not enough. */
  readonly describe?: () => readonly StageText[];
  /** Items in work at once that this transform asks for. Default 1. */
  readonly concurrency?: number | undefined;
  /** Whether it may answer {@link dropped}; a dataset behind it is no longer indexed. */
  readonly drops?: boolean;
  /** Whether it moves volumes by their grids alone: it works on outlines, and several of it can be done as one resampling. */
  readonly geometric?: boolean;
  /** Transforms with the same token are done as one resampling where they can be. */
  readonly lazy?: object;
  apply(item: A, context: ItemContext): MaybePromise<B | typeof dropped>;
}

/** What {@link declareTransform} is told. */
export interface TransformDeclaration<A, B> {
  readonly name: string;
  /** Bumped whenever the numbers change; caches recompute then. */
  readonly version: number | string;
  /** The options in effect, defaults filled in: plain data. They are the identity of the transform. */
  readonly options: unknown;
  /** What else tells it from others of its name, version and options: the text of a user's function. */
  readonly identity?: string | undefined;
  /** Default `deterministic`. */
  readonly kind?: TransformKind;
  readonly concurrency?: number | undefined;
  readonly drops?: boolean;
  readonly geometric?: boolean | undefined;
  apply(item: A, context: ItemContext): MaybePromise<B | typeof dropped>;
}

/** Makes a transform of a declaration. */
export function declareTransform<A, B>(declaration: TransformDeclaration<A, B>): Transform<A, B> {
  const { name, version, options, identity, kind = "deterministic", concurrency, apply } = declaration;
  const { drops = false, geometric = false } = declaration;
  const fingerprint = kind === "opaque" ? undefined : fingerprintOf(name, version, [options, identity]);
  return { name, kind, fingerprint, detail: optionsText(options), concurrency, drops, geometric, apply };
}

/** The lines of `explain()` for a transform. */
export function transformText(transform: Transform): readonly StageText[] {
  if (transform.describe) return transform.describe();
  const { name, kind, detail, concurrency = 1, lazy, geometric } = transform;
  const notes = [
    ...(kind === "deterministic" ? [] : [kind]),
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
  /** Position among the random operators; deeper numbers for transforms inside others. */
  readonly path: readonly number[];
}

/**
 * The context of one item on its way through a chain. One for all steps, since steps follow each other: the chain moves `place`.
 * Plain fields rather than private ones, for it is made anew for every item.
 */
export class StepContext implements ItemContext {
  readonly key: string;
  readonly index: number;
  readonly run: Run;
  readonly seed: Seed;
  readonly notes: ItemNotes;
  place: StepPlace;

  constructor(entry: EntryIdentity, run: Run, seed: Seed, place: StepPlace, notes: ItemNotes) {
    this.key = entry.key;
    this.index = entry.index;
    this.run = run;
    this.seed = run.seed ?? seed;
    this.place = place;
    this.notes = notes;
  }

  get signal(): AbortSignal {
    return this.run.signal;
  }

  random(): Random {
    return new Random(this.seed, this.run.epoch, this.key, ...this.place.path);
  }

  dependsOn(file: FileIdentity): void {
    (this.notes.files ??= []).push(file);
  }

  drew(params: unknown): void {
    const { operator, path } = this.place;
    (this.notes.draws ??= []).push({ operator, position: path[0] ?? 0, params });
  }

  inner(n: number): ItemContext {
    const { operator, path } = this.place;
    return new StepContext(this, this.run, this.seed, { operator, path: [...path, n] }, this.notes);
  }
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
