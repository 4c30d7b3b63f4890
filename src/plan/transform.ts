/**
 * Transforms: item in, item out, declared with a name, a version and options so that they can be fused, cached and
 * replayed.
 */

import type { MaybePromise } from "../async/maybe-promise.ts";
import { OptionError } from "../errors.ts";
import { NotCanonical } from "../fingerprint/canonical.ts";
import { fingerprintOf } from "../fingerprint/fingerprint.ts";
import { isInstance } from "../is-instance.ts";
import type { CacheMark } from "./inspection.ts";
import type { ItemContext } from "./item-context.ts";
import type { Run, StageText } from "./stage.ts";
import type { VolumeTraits } from "./volume-traits.ts";

/**
 * `deterministic`: the same item always has the same result; `random`: it draws; `opaque`: unknown (a user's function).
 */
export type TransformKind = "deterministic" | "random" | "opaque";

/** Returned by a transform to leave the item out. */
export const dropped: unique symbol = Symbol("voxrx.dropped");

/** One item transform with its options. `A` in, `B` out. */
export interface Transform<A = unknown, B = unknown> {
  readonly name: string;
  readonly kind: TransformKind;
  /**
   * Digest of name, version, options and surroundings, as they are when it is read; undefined for an opaque transform.
   */
  readonly fingerprint: string | undefined;
  /** The text of the user's function. Variables that it captures don't show. */
  readonly sourceText?: string | undefined;
  /** Options as text, for `explain()`. */
  readonly detail?: string | undefined;
  /** Remarks for `explain()`. */
  readonly notes?: (() => readonly string[]) | undefined;
  /** Lines for `explain()`, if the usual one is not enough. */
  readonly describe?: (() => readonly StageText[]) | undefined;
  /** Items in work at once that this transform requests. Default 1. */
  readonly concurrency?: number | undefined;
  /** Whether it can return {@link dropped}; a dataset after it is no longer indexed. */
  readonly drops?: boolean;
  /** See {@link VolumeTraits.retains}. Default true. */
  readonly retains?: boolean | undefined;
  /** Whether its volumes are views of those that it receives: it copies no sample. */
  readonly isView?: boolean;
  /**
   * Whether its result follows from the volumes' grids alone: it also works on outlines, and several such transforms
   * can be done as one resampling.
   */
  readonly geometric?: boolean;
  /** Whether it can read the item's id, index and run although it is deterministic: none of them affects its result. */
  readonly seesItem?: boolean;
  /** Transforms with the same token are done as one resampling where possible. */
  readonly lazy?: object;
  /** The transforms whose work it does, if it adds nothing that affects the result: a cache of them. */
  readonly insteadOf?: readonly Transform[] | undefined;
  /** Where a cache keeps its results, and which ones. */
  readonly cache?: TransformCache | undefined;
  /**
   * What it was made from, so that it can be made again in another thread or process. Left out: it can't be (a user's
   * function).
   */
  readonly declared?: Declared | undefined;
  /** Of a choice among operators: what it was made from, for the same purpose. */
  readonly choice?: DeclaredChoice | undefined;
  apply(item: A, context: ItemContext): MaybePromise<B | typeof dropped>;
}

/** A cache of the results of transforms. `keeps`: whether it keeps that of an item, by its index; default all. */
interface TransformCache extends CacheMark {
  readonly keeps?: ((index: number, run: Run) => MaybePromise<boolean>) | undefined;
}

/** A declaration with the options that it was called with, checked and with defaults filled in. */
interface Declared {
  readonly declaration: TransformDeclaration<never>;
  readonly options: unknown;
  /** The options as they were given, before they were checked. */
  readonly given: unknown;
}

/** A choice among chains of transforms, with the options that its factory received. */
interface DeclaredChoice {
  readonly name: string;
  readonly version: number;
  readonly options: object;
  readonly branches: readonly (readonly Transform[])[];
}

/** An operator from item to item, as data and as functions that receive the checked options and capture nothing. */
export interface TransformDeclaration<O> {
  readonly name: string;
  /** Increase this whenever the numbers change, so that caches recompute. */
  readonly version: number | string;
  /** Whether it is one of VoxRx itself, which every worker thread has. Default false. */
  readonly isOwn?: boolean;
  /** Default `deterministic`. */
  readonly kind?: TransformKind | undefined;
  /** The part of the options that affects the result, as plain data. Default: all of them. */
  readonly identity?: ((options: O) => unknown) | undefined;
  /**
   * What else affects the result and may change after composition (registered image formats), as plain data: called
   * whenever a fingerprint is read. Default: nothing.
   */
  readonly surroundings?: (() => unknown) | undefined;
  /** See {@link Transform.concurrency}. */
  readonly concurrency?: ((options: O) => number) | undefined;
  /** See {@link Transform.notes}. */
  readonly notes?: (() => readonly string[]) | undefined;
  readonly drops?: boolean | undefined;
  readonly geometric?: boolean | ((options: O) => boolean) | undefined;
  readonly seesItem?: boolean | undefined;
  /** What it does to the volumes of an item, for stages that fuse, cut or relocate it. */
  readonly traits?: VolumeTraits<O> | undefined;
  apply(item: unknown, options: O, context: ItemContext): MaybePromise<unknown>;
  /** For a random transform: applies what was drawn before, without drawing. */
  readonly twin?:
    | ((item: unknown, params: unknown, options: O, context: ItemContext) => MaybePromise<unknown>)
    | undefined;
}

/** Makes a transform from a declaration and checked options. @param given the options before they were checked */
export function declareTransform<O>(
  declaration: TransformDeclaration<O>,
  options: O,
  given: unknown = options,
): Transform {
  const { name, version, kind = "deterministic", drops = false, geometric = false, seesItem = false } = declaration;
  const { surroundings } = declaration;
  const identity = declaration.identity ? declaration.identity(options) : options;
  const fingerprint = kind === "opaque" ? undefined : fingerprintOfOptions(name, version, identity);
  return {
    name,
    kind,
    get fingerprint() {
      return surroundings && fingerprint ? fingerprintOf(name, version, [fingerprint, surroundings()]) : fingerprint;
    },
    detail: optionsText(identity),
    concurrency: declaration.concurrency?.(options),
    notes: declaration.notes,
    drops,
    retains: declaration.traits?.retains,
    isView: declaration.traits?.aliases === "always",
    geometric: typeof geometric === "function" ? geometric(options) : geometric,
    seesItem,
    declared: { declaration, options, given },
    apply: (item, context) => declaration.apply(item, options, context),
  };
}

function fingerprintOfOptions(name: string, version: number | string, identity: unknown): string {
  try {
    return fingerprintOf(name, version, identity);
  } catch (error) {
    if (!isInstance(error, NotCanonical)) throw error;
    throw new OptionError("VOXRX_BAD_OPTION", `options: ${error.message}`, {
      operator: name,
      cause: error,
      remedy:
        "Pass plain data: records and lists of numbers, strings and booleans. An operator that takes something else declares identity, which returns what counts of its options.",
    });
  }
}

/** What a store that rounds samples does to items, among the transforms that decide them. */
export function rounded(rounding: string): Transform {
  const fingerprint = fingerprintOf("rounding", 1, rounding);
  return { name: `${rounding} in a store`, kind: "deterministic", fingerprint, apply: (item) => item };
}

/**
 * What of a transform can be compared with another one of its name, as data for a fingerprint: of an opaque one its
 * version, and the options of a user's own; of a choice what is inside; of a function without a version its name.
 */
export function comparable({ name, fingerprint, choice, declared }: Transform): unknown {
  if (fingerprint !== undefined) return fingerprint;
  if (choice) return [name, choice.version, choice.options, choice.branches.map((branch) => branch.map(comparable))];
  if (!declared) return name;
  const { isOwn = false, version } = declared.declaration;
  return [name, version, isOwn ? undefined : declared.options];
}

/** The lines of `explain()` for a transform. */
export function transformText(transform: Transform): readonly StageText[] {
  if (transform.describe) return transform.describe();
  const { name, kind, detail, concurrency = 1, lazy, geometric } = transform;
  const notes = [
    ...(kind === "random" ? [kind] : []),
    ...(kind === "opaque" ? ["opaque: never cached; give it a version and options to make it cacheable"] : []),
    ...(transform.notes?.() ?? []),
    ...(concurrency > 1 ? [`concurrency ${concurrency}`] : []),
    ...(lazy
      ? [geometric ? "lazy: one resampling with its neighbors" : "not lazy: what is before it is resampled"]
      : []),
  ];
  return [{ name, detail, notes }];
}

/** Options as text: `pixdim=[1.5,1.5,2] mode=bilinear`. */
export function optionsText(options: unknown): string | undefined {
  if (typeof options !== "object" || options === null) return options === undefined ? undefined : String(options);
  const words = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return words.length > 0 ? words.join(" ") : undefined;
}
