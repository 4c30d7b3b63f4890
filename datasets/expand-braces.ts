/** Brace expansion of names, as in shells and WebDataset: `data-{000..127}.tar`, `{train,val}-{0..9}.tar`. */
import { OptionError } from "../src/errors.ts";
import { shownUrl } from "../src/shown-url.ts";

const maxNames = 1_000_000;

/** Longest pattern, in characters: longer ones are not written by hand, and could nest braces without end. */
const maxLength = 4096;
/** Maximum depth of nested braces. */
const maxDepth = 64;

/**
 * Expands a pattern to all names; the last brace varies fastest. Numbers keep leading zeros. Ranges of letters
 * (`{a..e}`) and steps (`{0..10..2}`) are supported. Braces that contain neither a list nor a range are kept as they
 * are.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for more than a million names
 */
export function expandBraces(pattern: string): string[] {
  if (pattern.length > maxLength) {
    throw badPattern(`a pattern of ${pattern.length} characters is too long: ${shownUrl(pattern).slice(0, 200)}`);
  }
  return expanded(pattern, pattern, 0);
}

/** @param whole the pattern that `part` is part of, for errors */
function expanded(part: string, whole: string, depth: number): string[] {
  if (depth > maxDepth)
    throw badPattern(`the pattern ${shownUrl(whole).slice(0, 200)} nests more than ${maxDepth} braces`);
  let names = [""];
  for (let at = 0; at < part.length; ) {
    const { text, choices, end } = firstBrace(part, at, whole, depth);
    if (choices.length * names.length > maxNames) throw tooMany(whole);
    names = names.flatMap((start) => choices.map((choice) => start + text + choice));
    at = end;
  }
  return names;
}

/** The text up to the first brace that can be expanded, its choices, and where it ends. */
function firstBrace(part: string, from: number, whole: string, depth: number) {
  for (let start = part.indexOf("{", from); start !== -1; start = part.indexOf("{", start + 1)) {
    const pieces = piecesFrom(part, start + 1);
    if (!pieces) continue;
    const choices = pieces.length > 1 ? choicesOf(pieces, whole, depth) : range(pieces[0] ?? "", whole);
    const end = start + pieces.join(",").length + 2;
    if (choices) return { text: part.slice(from, start), choices, end };
  }
  return { text: part.slice(from), choices: [""], end: part.length };
}

function choicesOf(pieces: readonly string[], whole: string, depth: number): string[] {
  const choices: string[] = [];
  for (const piece of pieces) {
    const more = expanded(piece, whole, depth + 1);
    if (choices.length + more.length > maxNames) throw tooMany(whole);
    for (const one of more) choices.push(one);
  }
  return choices;
}

/**
 * The content of a brace, split at its own commas (not those of nested braces); undefined if the brace isn't closed.
 */
function piecesFrom(pattern: string, start: number): string[] | undefined {
  const pieces: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < pattern.length; at++) {
    const letter = pattern[at];
    if (letter === "{") depth++;
    else if (letter === "}" && depth-- === 0) return [...pieces, pattern.slice(from, at)];
    else if (letter === "," && depth === 0) {
      pieces.push(pattern.slice(from, at));
      from = at + 1;
    }
  }
  return undefined;
}

function range(inside: string, pattern: string): string[] | undefined {
  const match = /^(-?\d+|[a-z]|[A-Z])\.\.(-?\d+|[a-z]|[A-Z])(?:\.\.(-?\d+))?$/.exec(inside);
  if (!match) return undefined;
  const [, first = "", last = "", by = "1"] = match;
  const kind = kindOf(first);
  if (kindOf(last) !== kind) return undefined;
  const [from, to] = kind === "number" ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)];
  const inexact = [from, to, Number(by)].find((value) => !Number.isSafeInteger(value));
  if (inexact !== undefined)
    throw badPattern(`the number ${inexact} of the range {${inside}} can't be counted exactly`);
  const step = Math.abs(Number(by)) || 1;
  const count = Math.floor(Math.abs(to - from) / step) + 1;
  if (count > maxNames) throw tooMany(pattern);
  if (Math.max(first.length, last.length) > 20)
    throw badPattern(`the range {${inside.slice(0, 100)}} has too many digits`);
  const isPadded = [first, last].some((text) => /^-?0\d/.test(text));
  const width = isPadded ? Math.max(first.length, last.length) : 0;
  const sign = to < from ? -1 : 1;
  const named = (value: number) => (kind === "number" ? padded(value, width) : String.fromCharCode(value));
  return Array.from({ length: count }, (_, n) => named(from + sign * n * step));
}

function kindOf(end: string): "number" | "small" | "capital" {
  return /\d/.test(end) ? "number" : /[a-z]/.test(end) ? "small" : "capital";
}

function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
}

function tooMany(pattern: string): OptionError {
  return badPattern(`the pattern ${shownUrl(pattern).slice(0, 200)} expands to more than ${maxNames} shards`);
}

function badPattern(fault: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", fault, { operator: "readShards", remedy: "Correct its ranges." });
}
