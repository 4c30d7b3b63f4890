/** Files to ignore, by rules in the syntax of `.gitignore` (gitignore(5)), which `.bidsignore` has too. */

import { trimEndOf } from "../src/trim-end.ts";

const star = Symbol("any number of characters, or of directories");
type Glob<T> = readonly (T | typeof star)[];
/** Whether a character fits. */
type Fits = (char: string) => boolean;

interface Rule {
  /** One glob per segment of a path. */
  readonly segments: Glob<Glob<Fits>>;
  readonly isNegated: boolean;
  readonly onlyDirs: boolean;
}

/**
 * A function that tells whether a file is ignored, from its path relative to the directory of the rules, with `/`. The
 * last matching rule decides. What is in an ignored directory is ignored: it can't be taken back by `!`.
 */
export function ignoreRules(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap(ruleOf);
  return (path) => {
    const parts = path.split("/").map((part) => Array.from(part));
    return parts.some((_, n) => isIgnored(parts.slice(0, n + 1), n + 1 < parts.length, rules));
  };
}

function isIgnored(parts: readonly (readonly string[])[], isDir: boolean, rules: readonly Rule[]): boolean {
  const rule = rules.findLast(
    ({ segments, onlyDirs }) =>
      (isDir || !onlyDirs) && matches(segments, parts, (glob, part) => matches(glob, part, (fits, char) => fits(char))),
  );
  return rule !== undefined && !rule.isNegated;
}

function ruleOf(line: string): Rule[] {
  if (line.startsWith("#")) return [];
  const isNegated = line.startsWith("!");
  // Spaces at the end count only after a backslash.
  const pattern = withoutBlanks(line.slice(isNegated ? 1 : 0));
  const inner = pattern.replace(/\/$/, "");
  const names = inner.split("/").filter((name, n) => name !== "" || n > 0);
  if (names.join("") === "") return [];
  const isAnchored = inner.includes("/");
  const segments = names.map((name): Glob<Fits> | typeof star => (name === "**" ? star : globOf(name)));
  // `dir/**` is everything in a directory, but not the directory.
  const last: Glob<Glob<Fits>> =
    segments.at(-1) === star && segments.length > 1 ? [...segments.slice(0, -1), [star], star] : segments;
  return [{ segments: isAnchored ? last : [star, ...last], isNegated, onlyDirs: pattern.endsWith("/") }];
}

/** A pattern without the spaces at its end, except for one after a backslash and those before it. */
function withoutBlanks(pattern: string): string {
  const trimmed = trimEndOf(pattern, " ");
  return trimmed.endsWith("\\") && trimmed.length < pattern.length ? `${trimmed} ` : trimmed;
}

/** The tokens of a name: an escaped character, a bracket expression, or a character. */
function tokensOf(name: string): string[] {
  const next = /\\.|\[[!^]?\]?(?:\\.|[^\]\\])*\]|./suy;
  const withoutSets = /\\.|./suy;
  const tokens: string[] = [];
  let isOpen = false;
  for (let at = 0; at < name.length; at += tokens.at(-1)?.length ?? 1) {
    const form: RegExp = isOpen ? withoutSets : next;
    form.lastIndex = at;
    const token: string = form.exec(name)?.[0] ?? name.charAt(at);
    // A bracket that is not closed: none of the later ones is, and each look for its end would take as long.
    isOpen ||= token === "[";
    tokens.push(token);
  }
  return tokens;
}

function globOf(name: string): Glob<Fits> {
  return tokensOf(name).map((token) => {
    if (token === "*") return star;
    if (token === "?") return () => true;
    if (token.startsWith("[") && token.length > 2) return setOf(token.slice(1, -1));
    const literal = token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
    return (char) => char === literal;
  });
}

/** The characters of a bracket expression: single ones and ranges. */
function setOf(inside: string): Fits {
  const isNegated = /^[!^]/.test(inside);
  const chars = (isNegated ? inside.slice(1) : inside).match(/\\.|./gsu) ?? [];
  const plain = chars.map((char) => (char.length > 1 && char.startsWith("\\") ? char.slice(1) : char));
  const ranges: [from: string, to: string][] = [];
  for (let n = 0; n < plain.length; n++) {
    const from = plain[n] ?? "";
    const to = plain[n + 2];
    if (chars[n + 1] === "-" && to !== undefined) {
      ranges.push([from, to]);
      n += 2;
    } else ranges.push([from, from]);
  }
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== isNegated;
}

/** Whether a pattern with stars matches all items. After a mismatch, only the last star takes one more item. */
function matches<T, I>(pattern: Glob<T>, items: readonly I[], fits: (one: T, item: I) => boolean): boolean {
  let at = 0;
  let lastStar = -1;
  let taken = 0;
  for (let n = 0; n < items.length; ) {
    const one = pattern[at];
    const item = items[n];
    if (one === star) {
      lastStar = at++;
      taken = n;
    } else if (one !== undefined && item !== undefined && fits(one, item)) {
      at++;
      n++;
    } else if (lastStar < 0) return false;
    else {
      at = lastStar + 1;
      n = ++taken;
    }
  }
  return pattern.slice(at).every((one) => one === star);
}
