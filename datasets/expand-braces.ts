/** Brace expansion of names, as in shells and WebDataset: `data-{000..127}.tar`, `{train,val}-{0..9}.tar`. */
import { OptionError } from "../src/errors.ts";
import { shownUrl } from "../src/shown-url.ts";

const maxNames = 1_000_000;

/**
 * Expands a pattern to all names; the last brace varies fastest. Numbers keep leading zeros. Ranges of letters
 * (`{a..e}`) and steps (`{0..10..2}`) are supported. Braces that contain neither a list nor a range are kept as they
 * are.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for more than a million names
 */
export function expandBraces(pattern: string): string[] {
  const found = firstBrace(pattern);
  if (!found) return [pattern];
  const { before, choices, after } = found;
  const suffixes = expandBraces(after);
  if (choices.length * suffixes.length > maxNames) throw tooMany(pattern);
  return choices.flatMap((choice) => suffixes.map((end) => before + choice + end));
}

/** The first brace that can be expanded, and its choices. */
function firstBrace(pattern: string): { before: string; choices: readonly string[]; after: string } | undefined {
  for (const { index } of pattern.matchAll(/\{/g)) {
    const parts = partsFrom(pattern, index + 1);
    if (!parts) continue;
    const inside = parts.join(",");
    const choices = parts.length > 1 ? parts.flatMap(expandBraces) : range(inside, pattern);
    if (choices) return { before: pattern.slice(0, index), choices, after: pattern.slice(index + inside.length + 2) };
  }
  return undefined;
}

/**
 * The content of a brace, split at its own commas (not those of nested braces); undefined if the brace isn't closed.
 */
function partsFrom(pattern: string, start: number): string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < pattern.length; at++) {
    const letter = pattern[at];
    if (letter === "{") depth++;
    else if (letter === "}" && depth-- === 0) return [...parts, pattern.slice(from, at)];
    else if (letter === "," && depth === 0) {
      parts.push(pattern.slice(from, at));
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
  const step = Math.abs(Number(by)) || 1;
  const count = Math.floor(Math.abs(to - from) / step) + 1;
  if (count > maxNames) throw tooMany(pattern);
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
  return new OptionError(
    "VOXRX_BAD_OPTION",
    `the pattern ${shownUrl(pattern).slice(0, 200)} expands to more than ${maxNames} shards`,
    {
      operator: "readShards",
      remedy: "Correct its ranges.",
    },
  );
}
