import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf, keysOf } from "../../src/dataset/fields.ts";
import { type MaybePromise, whenReady } from "../../src/dataset/maybe.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { declareFunction, type FunctionContext, type FunctionOptions } from "../../src/dataset/user-function.ts";
import { checkOptions, keysSchema } from "../../src/options.ts";
import { Volume } from "../../src/volume/volume.ts";
import type { WithKeys } from "./record-types.ts";

/** Options of {@link lambda} on bare items. */
export interface LambdaOptions<A, B> extends FunctionOptions {
  /** Makes a new value of an item. It may write to the samples of a volume that it is given: they are then its own. */
  readonly func: (value: A, context: FunctionContext) => B | PromiseLike<B>;
}

/** Options of {@link lambda} on fields. */
export interface LambdaFieldOptions<K extends string, A, B> extends LambdaOptions<A, B> {
  /** Names of the fields; the function is called for each in turn. */
  readonly keys: K | readonly K[];
}

/** An item `T` whose fields `K` hold a `B`. */
export type Changed<T, K extends string, B> = { [F in keyof T]: F extends K ? B : T[F] };

/**
 * Calls a function of your own on fields, whatever they hold, or on bare items, and puts what it gives in their place; a promise is
 * waited for. Nobody knows what the function does, so a cached prefix ends before it, unless `version` states that it is
 * deterministic: name, version and the function's text then are its identity (MONAI: `Lambda`, which always counts as deterministic).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { lambda } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; age: number }>;
 * scans.pipe(
 *   lambda({ keys: "image", func: (image) => image.flip([0]), version: 1 }),
 *   lambda({ keys: "age", func: (years) => years / 100 }),
 * );
 * ```
 */
export function lambda<const K extends string, T extends WithKeys<K>, B>(
  options: LambdaFieldOptions<K, T[K], B>,
): IndexedOperator<T, Changed<T, K, B>>;
export function lambda<const K extends string, A, B, T extends Readonly<Record<K, A>> = Readonly<Record<K, A>>>(
  options: LambdaFieldOptions<K, A, B>,
): IndexedOperator<T, Changed<T, K, B>>;
export function lambda<A, B>(options: LambdaOptions<A, B>): IndexedOperator<A, B>;
export function lambda(options: GivenFunction): IndexedOperator<never, unknown> {
  const { keys, func, ...identity } = checkedFunction("lambda", lambdaSchema, options);
  const apply = (item: unknown, context: FunctionContext) => onValues(item, keys, (value) => func(value, context));
  const declared = declareFunction("lambda", apply, identity, func);
  const named = keys && { keys, version: identity.version };
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    ...declared,
    ...(named ? { options: named } : {}),
  });
}

/** A user's function as it comes in, with the fields that it is for. */
export interface GivenFunction extends FunctionOptions {
  readonly keys?: string | readonly string[];
  readonly func: (value: never, context: FunctionContext) => unknown;
}

/** Schema of what {@link GivenFunction} is told. */
export const lambdaShape = {
  keys: keysSchema.optional(),
  func: z.custom<(value: unknown, context: FunctionContext) => unknown>(
    (value) => typeof value === "function",
    "a function is needed",
  ),
  name: z.string().min(1).optional(),
};

const lambdaSchema = z.strictObject({ ...lambdaShape, version: z.union([z.number(), z.string()]).optional() });

/** Checked options of a user's function, with the names of fields as a list. */
export function checkedFunction<S extends z.ZodType<{ keys?: string | readonly string[] | undefined }>>(
  operator: string,
  schema: S,
  options: unknown,
): Omit<z.output<S>, "keys"> & { readonly keys: readonly string[] | undefined } {
  const { keys, ...rest } = checkOptions(operator, schema, options);
  return { ...rest, keys: keys === undefined ? undefined : keysOf({ keys }) };
}

/** An item with `work` done on some fields one after the other, or on the item itself. Volumes are handed over to be written to. */
export function onValues(
  item: unknown,
  keys: readonly string[] | undefined,
  work: (value: unknown) => unknown,
): MaybePromise<unknown> {
  const called = (value: unknown): MaybePromise<unknown> => work(value instanceof Volume ? value.share() : value);
  if (!keys) return called(item);
  const values = keys.map((key) => fieldOf(item, key));
  const done: [string, unknown][] = [];
  const next = (): MaybePromise<unknown> => {
    const key = keys[done.length];
    if (key === undefined) return Object.assign({}, item, Object.fromEntries(done));
    return whenReady(called(values[done.length]), (result) => {
      done.push([key, result]);
      return next();
    });
  };
  return next();
}
