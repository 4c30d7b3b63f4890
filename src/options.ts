/** Checks options with schemas, once, when a pipeline is composed. */
import * as v from "valibot";
import { bytesIn } from "./bytes.ts";
import { OptionError } from "./errors.ts";
import { asObject, optionFault, unworded } from "./option-fault.ts";

/**
 * Checks options and fills in defaults. Unknown names are refused, so that a misspelled option does not silently become
 * a default.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` with the operator, the option, what was expected and what came
 */
export function checkOptions<S extends v.GenericSchema>(
  operator: string,
  schema: S,
  options: unknown,
): v.InferOutput<S> {
  const checked = v.safeParse(objectSchema, options, unworded);
  const parsed = checked.success ? v.safeParse(schema, options, unworded) : checked;
  if (parsed.success) return parsed.output;
  const { issues } = parsed;
  const { name, fault } = optionFault(issues, schema);
  // The issues are not added as `cause`: they contain the given values, which may be secret.
  throw new OptionError("VOXRX_BAD_OPTION", name === undefined ? fault : `${name}: ${fault}`, {
    operator,
    remedy: checked.success
      ? `Correct ${name ?? "the options"} where ${operator}(…) is called.`
      : asObject(operator, options, schema),
  });
}

/** For valibot a list is an object too. */
export const objectSchema = {
  ...v.custom<object>((options) => typeof options === "object" && options !== null && !Array.isArray(options)),
  expects: "Object",
};

/** A number; neither NaN nor infinite. */
export const numberSchema = v.pipe(v.number(), v.finite());

/** An integer that is exact as a number. */
export const integerSchema = v.pipe(v.number(), v.safeInteger());

/** A string with at least one character. */
export const nonEmptySchema = v.pipe(v.string(), v.minLength(1));

/** An object with any names, which `name` checks. `constructor` and `__proto__` are allowed like any other name. */
export function recordSchema<N extends v.GenericSchema<string>, S extends v.GenericSchema>(name: N, value: S) {
  return v.pipe(
    v.custom<Readonly<Record<string, v.InferInput<S>>>>(isPlain, "expected an object"),
    v.transform((given) => new Map(Object.entries(given))),
    v.map(name, value),
    v.transform((entries) => Object.fromEntries(entries)),
  );
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Names of fields: one, or a list without repetition. */
export const keysSchema = v.union([
  nonEmptySchema,
  v.pipe(
    v.array(nonEmptySchema),
    v.minLength(1),
    v.check((keys) => new Set(keys).size === keys.length, "a field is named twice"),
  ),
]);

/** The schema of the options that say which fields a transform works on. */
export const fieldShape = { keys: v.optional(keysSchema), allowMissingKeys: v.optional(v.boolean()) };

/** A probability. */
export const probabilitySchema = v.pipe(numberSchema, v.minValue(0), v.maxValue(1));

/** An integer from 1. */
export const countSchema = v.pipe(integerSchema, v.minValue(1));

/** A number of bytes, or a string such as `"512MiB"`. */
export const bytesSchema = v.pipe(
  v.union([numberSchema, v.string()]),
  v.check((bytes) => bytesIn(bytes) !== undefined, 'expected a number above 0, or a string such as "200MB" or "1GiB"'),
);

/** A function. Its type `F` is not checked, because it can't be at run time. */
export function functionSchema<F>() {
  return v.custom<F>((value) => typeof value === "function", "expected a function");
}

/**
 * A size in voxels: one integer for all axes, or one per axis. An axis with 0, a negative number or null keeps its
 * size; these become -1.
 */
export const roiSizeSchema = v.union([
  v.pipe(
    integerSchema,
    v.transform((size) => sizeOrKept(size)),
  ),
  v.pipe(
    v.array(
      v.pipe(
        v.nullable(integerSchema),
        v.transform((size) => sizeOrKept(size)),
      ),
    ),
    v.minLength(1),
    v.maxLength(3),
  ),
]);

function sizeOrKept(size: number | null): number {
  return size !== null && size > 0 ? size : -1;
}

/**
 * One value for all fields, or a list with one for each: `perField(v.picklist([...]))`. An operator with `keys` refuses
 * a list of another length when it is composed. With `repeatsLast`, the list may be shorter: its last value also applies
 * to the fields after it.
 */
export function perField<S extends v.GenericSchema>(value: S, { repeatsLast = false }: PerFieldOptions = {}) {
  const list = v.pipe(v.array(value), v.minLength(1));
  return v.pipe(v.union([value, list]), v.metadata({ [perFieldMark]: { repeatsLast } }));
}

/** Options of {@link perField}. */
export interface PerFieldOptions {
  /** Whether a list may be shorter than `keys`. Default false. */
  readonly repeatsLast?: boolean;
}

const perFieldMark = "voxrx.perField";

/** How the schema of an option was declared with {@link perField}; undefined if it was not. */
export function perFieldOf(schema: v.GenericSchema): Required<PerFieldOptions> | undefined {
  const mark: unknown = Reflect.get(v.getMetadata(schema), perFieldMark);
  if (typeof mark === "object" && mark !== null) return { repeatsLast: Reflect.get(mark, "repeatsLast") === true };
  return "wrapped" in schema ? perFieldOf(schema.wrapped as v.GenericSchema) : undefined;
}

/**
 * Refuses lists of {@link perField} that do not have one value for each of `keys`. Without `keys`, an operator with the
 * fields of {@link fieldShape} works on the item itself, which is one field.
 */
export function perFieldCheck(shape: v.ObjectEntries) {
  const lists = Object.entries(shape).flatMap(([option, schema]) => {
    const declared = perFieldOf(schema);
    return declared ? [{ option, ...declared }] : [];
  });
  return v.rawCheck<unknown>(({ dataset: { typed, value: options }, addIssue }) => {
    const fields = typed ? fieldCount(shape, options) : undefined;
    if (fields === undefined) return;
    for (const { option, repeatsLast } of lists) {
      const given: unknown = Reflect.get(Object(options), option);
      if (!Array.isArray(given) || given.length === fields || (repeatsLast && given.length < fields)) continue;
      addIssue({
        message: lengthFault(given.length, Reflect.get(Object(options), "keys")),
        path: [optionPath(options, option)],
      });
    }
  });
}

/** How many fields an operator works on; undefined if only the operator knows. */
function fieldCount(shape: v.ObjectEntries, options: unknown): number | undefined {
  if (shape.keys === undefined) return undefined;
  const keys: unknown = Reflect.get(Object(options), "keys");
  if (Array.isArray(keys)) return keys.length;
  if (typeof keys === "string" || (keys === undefined && shape.keys === fieldShape.keys)) return 1;
  return undefined;
}

function lengthFault(values: number, keys: unknown): string {
  const given = `the list has ${values} ${values === 1 ? "value" : "values"}`;
  if (keys === undefined) return `${given}, but without keys there is 1 field, the item itself: give one value`;
  const fields = Array.isArray(keys) ? keys.length : 1;
  const named = fields === 1 ? "keys names 1 field: give one value" : `keys names ${fields} fields`;
  return `${given}, but ${named}${fields === 1 ? "" : ": give one value for all of them, or one for each"}`;
}

/** The place of an option in the options, for an issue. */
export function optionPath(input: unknown, key: string): v.UnknownPathItem {
  return { type: "unknown", origin: "value", input, key, value: undefined };
}

/** One value for all channels of a volume, or a list with one for each; the last one is used for all further ones. */
export function perChannel<S extends v.GenericSchema>(value: S) {
  return v.union([value, v.pipe(v.array(value), v.minLength(1))]);
}

/**
 * The value for field (or channel) number `field`, from 0, of an option that is one value for all or a list with one for
 * each. The last value of a list is used for all further ones.
 */
export function valueFor<T>(value: T | readonly T[], field: number): T {
  if (!isList(value)) return value;
  const chosen = value[Math.min(field, value.length - 1)];
  if (chosen === undefined) throw new OptionError("VOXRX_BAD_OPTION", "a list of values for fields is empty");
  return chosen;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
