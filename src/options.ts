/** Options are checked once, when a pipeline is composed, by schemas. */
import { z } from "zod";
import { OptionError } from "./errors.ts";

/**
 * The options with defaults filled in. Unknown names are refused, so that a misspelled option is no silent default.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` naming the operator, the option and what is allowed
 */
export function checkOptions<S extends z.ZodType>(operator: string, schema: S, options: unknown): z.output<S> {
  const checked = schema.safeParse(options);
  if (checked.success) return checked.data;
  const [first] = checked.error.issues;
  const name = first && first.path.length > 0 ? first.path.join(".") : "the options";
  throw new OptionError("VOXRX_BAD_OPTION", `${name}: ${first?.message ?? "not as expected"}`, {
    operator,
    cause: checked.error,
    remedy: `Correct ${name} where ${operator}(…) is called.`,
  });
}

/** Names of fields: one, or a list without repetition. */
export const keysSchema = z.union([
  z.string().min(1),
  z
    .array(z.string().min(1))
    .min(1)
    .refine((keys) => new Set(keys).size === keys.length, "a field is named twice"),
]);

/** The schema of `FieldOptions`, to spread into that of a transform's options. */
export const fieldShape = { keys: keysSchema.optional(), allowMissingKeys: z.boolean().optional() };

/** A probability. */
export const probabilitySchema = z.number().min(0).max(1);

/** A whole number from 1. */
export const countSchema = z.int().min(1);

/** Checks a size in voxels: whole numbers; -1 keeps an axis. */
export const roiSizeSchema = z.union([z.int().min(-1), z.array(z.int().min(-1)).min(1).max(3)]);

/** One value for all fields, or a list with one for each: `perField(z.enum([...]))`. */
export function perField<S extends z.ZodType>(value: S) {
  return z.union([value, z.array(value).min(1)]);
}

/**
 * The value for the n-th field of an option that is one value for all or a list with one each; the last one serves the rest.
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
