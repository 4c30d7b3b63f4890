/** Options are checked once, when a pipeline is composed, by schemas. */
import { z } from "zod";
import { bytesIn } from "./bytes.ts";
import { OptionError } from "./errors.ts";

/**
 * The options with defaults filled in. Unknown names are refused, so that a misspelled option is not a silent default.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` naming the operator, the option, what is allowed and what came
 */
export function checkOptions<S extends z.ZodType>(operator: string, schema: S, options: unknown): z.output<S> {
  const checked = schema.safeParse(options, { reportInput: true });
  if (checked.success) return checked.data;
  const { issues } = checked.error;
  // A misspelled name is the cause of the missing option beside it.
  const first = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  const { name, fault } = first ? explained(first, optionNames(schema)) : { name: undefined, fault: "not as expected" };
  throw new OptionError("VOXRX_BAD_OPTION", name === undefined ? fault : `${name}: ${fault}`, {
    operator,
    // Parsed again: the first one's issues hold the values that were given, which may be secret.
    cause: schema.safeParse(options).error,
    remedy: `Correct ${name ?? "the options"} where ${operator}(…) is called.`,
  });
}

interface Explained {
  readonly name: string | undefined;
  readonly fault: string;
}

/** What an issue says, in words that name the option, the choices and the value. */
function explained(issue: z.core.$ZodIssue, known: readonly string[]): Explained {
  const name = issue.path.length > 0 ? issue.path.join(".") : undefined;
  if (issue.code === "unrecognized_keys") {
    const [unknown = ""] = issue.keys;
    const close = closest(unknown, known);
    return { name, fault: `there is no option "${unknown}"${close === undefined ? "" : `; did you mean "${close}"?`}` };
  }
  const expected = expectedOf(issue);
  // Headers may hold what nobody else should see.
  const got = issue.path.includes("headers") ? "" : `, got ${shown(issue.input)}`;
  if (expected.length > 0) return { name, fault: `expected ${listed(expected)}${got}` };
  const inner = issue.code === "invalid_union" ? likeliest(issue) : undefined;
  if (inner) {
    const { name: innerName, fault } = explained(inner, known);
    return { name: [name, innerName].filter((part) => part !== undefined).join(".") || undefined, fault };
  }
  const isPlain = typeof issue.input !== "object" && typeof issue.input !== "undefined";
  return { name, fault: isPlain ? `${issue.message}${got}` : issue.message };
}

/** What the value should have been: one of a few values, or of a type. Empty where an issue says something else. */
function expectedOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(shown);
  if (issue.code === "invalid_type") return [typeNames[issue.expected] ?? issue.expected];
  if (issue.code !== "invalid_union") return [];
  const depth = Array.isArray(issue.input) && issue.errors.some(([first]) => first?.path.length === 1) ? 1 : 0;
  const direct = issue.errors.map(([first]) => (first?.path.length === depth ? expectedOf(first) : undefined));
  const known = direct.filter((words) => words !== undefined);
  // Of a list only the type of what is in it was wrong, not that it is a list.
  if (depth === 0 && known.length < issue.errors.length) return [];
  return known.some(({ length }) => length === 0) ? [] : [...new Set(known.flat())];
}

const typeNames: Readonly<Record<string, string>> = {
  int: "an integer",
  number: "a number",
  string: "a string",
  array: "a list",
  tuple: "a list",
};

/** The issue of the branch of a union that got furthest with the value. */
function likeliest(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  const firsts = issue.errors.flatMap(([first]) => (first ? [first] : []));
  const fitting = firsts.filter(({ code, path }) => path.length > 0 || code !== "invalid_type");
  return fitting[0] ?? firsts[0];
}

function optionNames(schema: z.ZodType): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(shown).join(", ")}${value.length > 8 ? ", …" : ""}]`;
  if (typeof value === "object" && value !== null) return `an instance of ${value.constructor?.name ?? "a class"}`;
  return typeof value === "function" ? "a function" : String(value);
}

/** The name that a misspelled one was most likely meant to be: at most a third of its letters away. */
export function closest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Names of fields: one, or a list without repetition. */
export const keysSchema = z.union([
  z.string().min(1),
  z
    .array(z.string().min(1))
    .min(1)
    .refine((keys) => new Set(keys).size === keys.length, "a field is named twice"),
]);

/** The schema of the options that say which fields a transform works on. */
export const fieldShape = { keys: keysSchema.optional(), allowMissingKeys: z.boolean().optional() };

/** A probability. */
export const probabilitySchema = z.number().min(0).max(1);

/** An integer from 1. */
export const countSchema = z.int().min(1);

/** A number of bytes, or text such as `"512MiB"`. */
export const bytesSchema = z
  .union([z.number(), z.string()])
  .refine((bytes) => bytesIn(bytes) !== undefined, 'expected a number above 0, or text such as "200MB" or "1GiB"');

/** A function. `F` is believed: it can't be checked at run time. */
export function functionSchema<F>() {
  return z.custom<F>((value) => typeof value === "function", "expected a function");
}

/** Checks a size in voxels: integers; -1 keeps an axis. */
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
