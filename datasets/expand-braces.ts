/** Names by braces: `data-{000..127}.tar`, `{train,val}-{0..9}.tar`, as a shell and WebDataset read them. */
import { OptionError } from "../src/errors.ts";

const most = 1_000_000;

/**
 * All names of a pattern, the last brace counting fastest. Numbers keep their zeros; a step may follow (`{0..10..2}`). Braces that hold neither
 * a list nor a range stay what they are.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` beyond a million names
 */
export function expandBraces(pattern: string): string[] {
  const found = innermost(pattern);
  if (!found) return [pattern];
  const { before, choices, after } = found;
  // A set, since `{a,{b,c}}` is taken apart from the inside and comes by `a` twice.
  const names = new Set<string>();
  for (const choice of choices) {
    for (const name of expandBraces(before + choice + after)) names.add(name);
    if (names.size > most) throw tooMany(pattern);
  }
  return [...names];
}

/** The first brace without another inside that can be expanded. */
function innermost(pattern: string): { before: string; choices: readonly string[]; after: string } | undefined {
  for (const match of pattern.matchAll(/\{([^{}]*)\}/g)) {
    const [whole, inside = ""] = match;
    const choices = inside.includes(",") ? inside.split(",") : range(inside, pattern);
    if (choices)
      return { before: pattern.slice(0, match.index), choices, after: pattern.slice(match.index + whole.length) };
  }
  return undefined;
}

function range(inside: string, pattern: string): string[] | undefined {
  const match = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(inside);
  if (!match) return undefined;
  const [, first = "", last = "", by = "1"] = match;
  const [from, to, step] = [Number(first), Number(last), Math.abs(Number(by)) || 1];
  const count = Math.floor(Math.abs(to - from) / step) + 1;
  if (count > most) throw tooMany(pattern);
  const isPadded = [first, last].some((text) => /^-?0\d/.test(text));
  const width = isPadded ? Math.max(first.length, last.length) : 0;
  const sign = to < from ? -1 : 1;
  return Array.from({ length: count }, (_, n) => padded(from + sign * n * step, width));
}

function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
}

function tooMany(pattern: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `the pattern ${pattern.slice(0, 200)} names more than ${most} shards`, {
    operator: "readShards",
    remedy: "Correct its ranges.",
  });
}
