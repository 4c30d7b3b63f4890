import * as v from "valibot";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { OptionError } from "../errors.ts";
import { exact, NotCanonical } from "../fingerprint/canonical.ts";
import { isInstance } from "../is-instance.ts";
import { nonEmptySchema, numberSchema } from "../options.ts";
import type { ItemContext } from "./item-context.ts";
import { ownCopy } from "./own-copy.ts";
import { declareTransform, type dropped, optionsText, type Transform, type TransformKind } from "./transform.ts";

/** What a user's function receives besides the item. */
export interface FunctionContext<O = unknown>
  extends Pick<ItemContext, "id" | "index" | "signal" | "random" | "dependsOn"> {
  /** The options that the function was declared with. */
  readonly options: O;
}

/** Options of every operator that takes a user's function. */
export interface FunctionOptions<O = unknown> {
  /** Name in `explain()` and messages. Default: the function's own name, else the operator's. */
  readonly name?: string;
  /**
   * Declares the function as deterministic, in this version: a cache can then keep its results until the version, the
   * options or the function's source text changes. Variables that the function captures are not tracked: pass them as
   * `options`. Such a function can't use random numbers or the item's id, index and epoch, and can't be a bound one,
   * whose text can't be read. Default: none; the function is opaque, and a cached prefix ends before it.
   */
  readonly version?: number | string;
  /**
   * What the function depends on besides the item, as plain data; it receives a copy, made now, as `context.options`.
   * The order of fields counts. Needs `version`.
   */
  readonly options?: O;
}

/** A user's function, as an operator runs it. */
export interface UserFunction<O> {
  /** The operator that takes it. */
  readonly operator: string;
  /** The function itself: its source text is part of its identity. */
  readonly fn: (...values: never[]) => unknown;
  readonly named: FunctionOptions<O>;
  /** The part of the operator's own options that affects the result, as plain data. */
  readonly identity?: object;
  readonly kind?: TransformKind;
  readonly concurrency?: number;
  readonly drops?: boolean;
  /**
   * Calls the function; see {@link callable}. `outer` is the context of the operator itself. Default: passes it the
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
  name: v.optional(nonEmptySchema),
  version: v.optional(v.union([numberSchema, v.string()])),
  options: v.optional(v.unknown()),
};

/** A user's function in a form that can be called. The compiler checked its argument where it was composed. */
export function callable(fn: (...values: never[]) => unknown): (item: unknown, context: unknown) => unknown;
export function callable(fn: unknown): unknown {
  return fn;
}

/**
 * Makes a transform from a user's function: deterministic if it states a version, opaque otherwise. Its source text is
 * part of its fingerprint, so that two functions with the same name and version are still distinguished.
 */
export function declareFunction<O>(given: UserFunction<O>): Transform {
  const { operator, fn, named, identity, drops, concurrency = 1 } = given;
  const { name = fn.name || operator, version } = named;
  // As they are now: their fingerprint is made now.
  const options = ownCopy(named.options);
  const text = textOfFunction(fn);
  if (version !== undefined && given.kind === undefined && isTextless(text)) {
    throw new OptionError(
      "VOXRX_BAD_OPTION",
      "the text of a function with a version can't be read: it is bound, or a proxy",
      {
        operator,
        remedy: "Give an arrow function, and what it needs as options.",
      },
    );
  }
  if (options !== undefined && version === undefined && given.kind === undefined) {
    throw new OptionError("VOXRX_BAD_OPTION", "options: a function with options needs a version", {
      operator,
      remedy: "Set version: 1, and change it whenever the function changes.",
    });
  }
  const kind = given.kind ?? (version === undefined ? "opaque" : "deterministic");
  const work = given.apply ?? callable(fn);
  // Without options the context is passed on as it is, because this is done for every item.
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
        identity: () => (kind === "opaque" ? identity : [identity, orderedText(named.options), text]),
        apply: (item, _, context) => apply(item, context),
      },
      undefined,
    ),
  );
  return {
    ...{ ...transform, apply, sourceText: text, declared: undefined },
    detail: optionsText({ ...identity, version, options }),
  };
}

/** A function sees the order of fields and of elements of maps and sets, and which fields are undefined. */
function orderedText(options: unknown): string {
  return exact(options, () => undefined);
}

/** The text of a function, whatever it says of itself. */
export function textOfFunction(fn: (...values: never[]) => unknown): string {
  return Function.prototype.toString.call(fn);
}

/** Whether a text says nothing of its function: a bound one, or a proxy. Those of Node have names. */
export function isTextless(text: string): boolean {
  return text === "function () { [native code] }";
}

function declared(operator: string, make: () => Transform): Transform {
  try {
    return make();
  } catch (error) {
    if (!isInstance(error, NotCanonical)) throw error;
    throw new OptionError("VOXRX_BAD_OPTION", `options: ${error.message}`, {
      operator,
      cause: error,
      remedy: "Pass plain data: records and lists of numbers, strings and booleans.",
    });
  }
}

function unchanged(context: ItemContext): FunctionContext<undefined>;
function unchanged(context: unknown): unknown {
  return context;
}

/**
 * The context that a function receives, with its options. It keeps the getters, since a deterministic function must not
 * use some of them.
 */
export function withOptions<O>(context: ItemContext, options: O): FunctionContext<O> {
  return {
    get id() {
      return context.id;
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
