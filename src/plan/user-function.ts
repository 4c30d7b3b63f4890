import { z } from "zod";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { OptionError } from "../errors.ts";
import { NotCanonical } from "../fingerprint/canonical.ts";
import {
  declareTransform,
  type dropped,
  type ItemContext,
  optionsText,
  type Transform,
  type TransformKind,
} from "./transform.ts";

/** What a user's function may ask for besides the item. */
export interface FunctionContext<O = unknown>
  extends Pick<ItemContext, "key" | "index" | "signal" | "random" | "dependsOn"> {
  /** The options that the function was declared with. */
  readonly options: O;
}

/** What every operator that takes a user's function lets them say of it. */
export interface FunctionOptions<O = unknown> {
  /** Name in `explain()` and messages. Default: the function's own name, else the operator's. */
  readonly name?: string;
  /**
   * Declares the function as deterministic, in this version: a cache may then hold what it gives, until the version,
   * the options or the function's text changes. What it captures from around it can't be seen: pass that as `options`.
   * Such a function is refused random numbers and the item's id, index and epoch. Default: none; nobody knows what it
   * does, and a cached prefix ends before it.
   */
  readonly version?: number | string;
  /**
   * What the function depends on besides the item, as plain data; it receives them as `context.options`. Needs
   * `version`.
   */
  readonly options?: O;
}

/** A user's function as an operator runs it. */
export interface UserFunction<O> {
  /** The operator that takes it. */
  readonly operator: string;
  /** The function itself: its text is part of its identity. */
  readonly fn: (...values: never[]) => unknown;
  readonly named: FunctionOptions<O>;
  /** What of the operator's own options decides the result, as plain data. */
  readonly identity?: object;
  readonly kind?: TransformKind;
  readonly concurrency?: number;
  readonly drops?: boolean;
  /**
   * Calls the function; see {@link callable}. `outer` is the context of the operator itself. Default: gives it the
   * item.
   */
  apply?(
    item: unknown,
    context: FunctionContext<O | undefined>,
    outer: ItemContext,
  ): MaybePromise<unknown | typeof dropped>;
}

/** The schemas of {@link FunctionOptions}. */
export const functionOptionsShape = {
  name: z.string().min(1).optional(),
  version: z.union([z.number(), z.string()]).optional(),
  options: z.unknown().optional(),
};

/** A user's function, to be called. What it takes was checked by the compiler where it was composed. */
export function callable(fn: (...values: never[]) => unknown): (item: unknown, context: unknown) => unknown;
export function callable(fn: unknown): unknown {
  return fn;
}

/**
 * Makes a transform of a user's function: deterministic if it states a version, opaque otherwise. Its text is part of
 * its fingerprint, so that two functions of one name and version are still told apart.
 */
export function declareFunction<O>(given: UserFunction<O>): Transform {
  const { operator, fn, named, identity, drops, concurrency = 1 } = given;
  const { name = fn.name || operator, version, options } = named;
  if (options !== undefined && version === undefined && given.kind === undefined) {
    throw new OptionError("VOXRX_BAD_OPTION", "options: a function with options needs a version", {
      operator,
      remedy: "Give version: 1, and another one whenever what the function does changes.",
    });
  }
  const kind = given.kind ?? (version === undefined ? "opaque" : "deterministic");
  const work = given.apply ?? callable(fn);
  // Without options the context is handed on as it is: this is done for every item.
  const apply = (item: unknown, context: ItemContext) =>
    options === undefined
      ? work(item, unchanged(context), context)
      : work(item, withOptions(context, options), context);
  const transform = declared(operator, () =>
    declareTransform(
      {
        name: name === operator ? operator : `${operator} ${name}`,
        version: version ?? 0,
        kind,
        drops,
        concurrency: () => concurrency,
        identity: () => (kind === "opaque" ? identity : [identity, options, String(fn)]),
        apply: (item, _, context) => apply(item, context),
      },
      undefined,
    ),
  );
  return { ...transform, apply, declared: undefined, detail: optionsText({ ...identity, version, options }) };
}

function declared(operator: string, make: () => Transform): Transform {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    throw new OptionError("VOXRX_BAD_OPTION", `options: ${error.message}`, {
      operator,
      cause: error,
      remedy: "Give plain data: records and lists of numbers, strings and booleans.",
    });
  }
}

function unchanged(context: ItemContext): FunctionContext<undefined>;
function unchanged(context: unknown): unknown {
  return context;
}

/**
 * A context as a function gets it, with its options. Getters stay: a deterministic function is refused some of them.
 */
export function withOptions<O>(context: ItemContext, options: O): FunctionContext<O> {
  return {
    get key() {
      return context.key;
    },
    get index() {
      return context.index;
    },
    signal: context.signal,
    options,
    random: () => context.random(),
    dependsOn: (file) => context.dependsOn(file),
  };
}
