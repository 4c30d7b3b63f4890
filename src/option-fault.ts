/**
 * Turns valibot's issues about options into messages: what was expected, the choices, what came, and the name that was
 * probably meant.
 */

import * as v from "valibot";
import { shownUrl, withShownUrls } from "./shown-url.ts";

/**
 * Turns off valibot's messages. Messages of our schemas stay; the other issues get their text from {@link optionFault}.
 */
export const unworded = { message: () => "", abortPipeEarly: true };

type Issue = v.BaseIssue<unknown>;

/** What is wrong with an option. No name if it is about the options object itself. */
export interface OptionFault {
  readonly name: string | undefined;
  readonly fault: string;
}

/** What is wrong with options. They were parsed with {@link unworded}. */
export function optionFault(issues: readonly [Issue, ...Issue[]], schema: v.GenericSchema): OptionFault {
  // If an option is missing because its name is misspelled, report the misspelled name.
  return explained(issues.find(isUnknownName) ?? issues[0], issues, schema);
}

/** The text of an issue, with the option, the choices and the value. `issues`: all issues at the same level. */
function explained(issue: Issue, issues: readonly Issue[], schema: v.GenericSchema | undefined): OptionFault {
  const keys = (issue.path ?? []).map(({ key }) => String(key));
  const name = nameOf(keys);
  if (isUnknownName(issue)) {
    const unknown = keys.at(-1) ?? "";
    const known = Object.keys(entriesOf(schemaAt(schema, keys.slice(0, -1))));
    return { name: nameOf(keys.slice(0, -1)), fault: `there is no option "${unknown}"${insteadOf(unknown, known)}` };
  }
  if (isMissingName(issue)) {
    const missing = schemaAt(schema, keys);
    const [first, ...others] = (missing && v.safeParse(missing, undefined, unworded).issues) ?? [];
    if (!first) return { name, fault: "expected a value, got nothing" };
    const inner = explained(first, [first, ...others], missing);
    return { name: nameOf([...keys, inner.name]), fault: inner.fault };
  }
  if (isWrongLength(issue)) return wrongLength(issue, issues);
  // Headers may contain secrets.
  const got = keys.includes("headers") ? "" : `, got ${shown(issue.input)}`;
  const expected = expectedOf(issue);
  if (expected.length > 0) return { name, fault: `expected ${listed(expected)}${got}` };
  const inner = issue.issues && likeliest(issue.issues);
  if (inner) {
    const { name: innerName, fault } = explained(inner, issue.issues ?? [], undefined);
    return { name: nameOf([...keys, innerName]), fault };
  }
  const isPlain = typeof issue.input !== "object" && typeof issue.input !== "undefined";
  const limit = limitOf(issue);
  const fault = issue.message || limit || "not as expected";
  return { name, fault: isPlain || (issue.message === "" && limit !== undefined) ? `${fault}${got}` : fault };
}

/** Most names of options in a message. */
const mostNames = 16;

/** What may have been meant by a name that is not known. */
function insteadOf(unknown: string, known: readonly string[]): string {
  const close = closest(unknown, known);
  if (close !== undefined) return `; did you mean "${close}"?`;
  if (known.length === 0) return "";
  return `; the options are ${known.slice(0, mostNames).join(", ")}${known.length > mostNames ? ", …" : ""}`;
}

function nameOf(keys: readonly (string | undefined)[]): string | undefined {
  return keys.filter((key) => key !== undefined).join(".") || undefined;
}

/** What the value should have been: one of a few values, or of a type. Empty if the issue is about something else. */
function expectedOf(issue: Issue): readonly string[] {
  if (issue.message !== "" || isMissingName(issue) || isWrongLength(issue)) return [];
  if (issue.type === "finite") return ["a finite number"];
  if (issue.type === "integer") return ["an integer"];
  if (issue.type === "safe_integer") return [Number.isInteger(issue.input) ? "an integer below 2^53" : "an integer"];
  if (issue.kind !== "schema") return [];
  if (!issue.issues) return choicesOf(issue.expected ?? "another value").map((word) => typeNames[word] ?? word);
  const depth = Array.isArray(issue.input) && issue.issues.some(({ path }) => path?.length === 1) ? 1 : 0;
  const direct = issue.issues.filter(({ path }) => (path?.length ?? 0) === depth);
  // For a list, only the type of an entry was wrong, not that it is a list.
  if (depth === 0 && direct.length < issue.issues.length) return [];
  const known = direct.map(expectedOf);
  return known.some(({ length }) => length === 0) ? [] : [...new Set(known.flat())];
}

/** The words that valibot joins as `("a" | "b")`. */
function choicesOf(expected: string): readonly string[] {
  return expected.replace(/^\((.*)\)$/, "$1").split(" | ");
}

const typeNames: Readonly<Record<string, string>> = {
  number: "a number",
  string: "a string",
  boolean: "a boolean",
  function: "a function",
  Array: "a list",
  Object: "an object",
};

/** The limit of a number or of a length, as text. */
function limitOf({ type, input, requirement, expected }: Issue): string | undefined {
  const [one, parts] = typeof input === "string" ? ["string", "characters"] : ["list", "entries"];
  if (type === "min_value") return `expected a number of at least ${requirement}`;
  if (type === "max_value") return `expected a number of at most ${requirement}`;
  if (type === "gt_value") return `expected a number above ${requirement}`;
  if (type === "lt_value") return `expected a number below ${requirement}`;
  if (type === "min_length" && requirement === 1) return `expected a ${one} that is not empty`;
  if (type === "min_length") return `expected at least ${requirement} ${parts}`;
  if (type === "max_length") return `expected at most ${requirement} ${parts}`;
  if (type === "length") return `expected ${requirement} ${parts}`;
  return expected === null ? undefined : `expected ${expected}`;
}

/** The issue of the branch of a union that got furthest with the value. */
function likeliest(issues: readonly Issue[]): Issue | undefined {
  return issues.find(({ path, kind, message }) => path || kind !== "schema" || message !== "") ?? issues[0];
}

function isUnknownName({ path, expected, message }: Issue): boolean {
  return message === "" && path?.at(-1)?.origin === "key" && expected === "never";
}

function isMissingName({ path, kind, input }: Issue): boolean {
  return kind === "schema" && path?.at(-1)?.origin === "key" && input === undefined;
}

/** Whether an issue is about a missing or surplus entry of a list. */
function isWrongLength({ path, expected, message }: Issue): boolean {
  const last = path?.at(-1);
  if (message !== "" || last?.type !== "array" || !Array.isArray(last.input)) return false;
  return expected === "never" || Number(last.key) >= last.input.length;
}

function wrongLength({ path, expected }: Issue, issues: readonly Issue[]): OptionFault {
  const list = path?.at(-1)?.input;
  const ends = issues.filter(isWrongLength).map(({ path }) => path?.at(-1));
  const last = Math.max(...ends.filter((end) => end?.input === list).map((end) => Number(end?.key)));
  const name = nameOf((path ?? []).slice(0, -1).map(({ key }) => String(key)));
  return { name, fault: `expected ${expected === "never" ? last : last + 1} entries, got ${shown(list)}` };
}

/** How options are given: as an object, with the fields among them, if there is a choice of fields. */
export function asObject(operator: string, given: unknown, schema: v.GenericSchema): string {
  if (!("keys" in entriesOf(schema))) return `Write ${operator}({ … }).`;
  const isFields = typeof given === "string" || (Array.isArray(given) && given.every((key) => typeof key === "string"));
  return `Write ${operator}({ keys: ${isFields ? shown(given) : '["image"]'}, … }).`;
}

/** The schema of an option, or of a value inside it; undefined if it depends on the value. */
function schemaAt(schema: v.GenericSchema | undefined, keys: readonly string[]): v.GenericSchema | undefined {
  return keys.reduce<v.GenericSchema | undefined>((outer, key) => entriesOf(outer)[key], schema);
}

/** The schemas of an object's fields; empty for any other schema. */
function entriesOf(schema: v.GenericSchema | undefined): Readonly<Record<string, v.GenericSchema>> {
  if (schema && "wrapped" in schema) return entriesOf(schema.wrapped as v.GenericSchema);
  return schema && "entries" in schema ? (schema.entries as Record<string, v.GenericSchema>) : {};
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A value as messages show it. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") {
    const text = withShownUrls(shownUrl(value));
    return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  }
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(shown).join(", ")}${value.length > 8 ? ", …" : ""}]`;
  if (typeof value === "object" && value !== null) return `an instance of ${value.constructor?.name ?? "a class"}`;
  return typeof value === "function" ? "a function" : String(value);
}

/** The name most similar to a misspelled one, if it differs by at most a third of its letters. */
function closest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein distance. */
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
