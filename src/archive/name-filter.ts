/** Glob patterns that select files of an archive by name. */
import * as v from "valibot";
import { nonEmptySchema } from "../options.ts";

/**
 * Glob patterns: `*` and `?` match within one path segment, `**` matches across directories. A pattern without `/` is
 * compared with the last segment of the name. A file is selected if a pattern matches; a pattern that starts with `!`
 * excludes files again. The last matching pattern decides.
 */
export type NameFilter = string | readonly string[];

/** Checks a {@link NameFilter}. */
export const nameFilterSchema = v.union([nonEmptySchema, v.pipe(v.array(nonEmptySchema), v.minLength(1))]);

/** Returns a function that tests names; undefined if all names are selected. */
export function nameTest(filter: NameFilter | undefined): ((name: string) => boolean) | undefined {
  if (filter === undefined) return undefined;
  const patterns = [filter].flat().map((pattern) => {
    const not = pattern.startsWith("!");
    return { not, steps: stepsOf(not ? pattern.slice(1) : pattern) };
  });
  const startsWanted = patterns[0]?.not === true;
  return (name) => patterns.reduce((wanted, { not, steps }) => (matches(steps, name) ? !not : wanted), startsWanted);
}

/** A step through a pattern: which characters it takes, how often, and whether it and the next can be left out. */
interface Step {
  readonly takes: (char: string) => boolean;
  readonly isRepeated?: boolean;
  /** Number of steps that can be skipped from here. */
  readonly skips?: number;
}

const anyInSegment = (char: string) => char !== "/";
const any = () => true;

function stepsOf(pattern: string): Step[] {
  // Without a directory, the pattern is for the last segment.
  const anywhere = pattern.includes("/") ? pattern : `**/${pattern}`;
  const parts = anywhere.match(/\*\*\/|\*\*|./gsu) ?? [];
  return parts.flatMap((part): Step[] => {
    // Directories with the slash after them, or nothing.
    if (part === "**/") return [{ takes: () => false, skips: 3 }, repeated(any), { takes: (char) => char === "/" }];
    if (part === "**") return [repeated(any)];
    if (part === "*") return [repeated(anyInSegment)];
    return [{ takes: part === "?" ? anyInSegment : (char) => char === part }];
  });
}

function repeated(takes: Step["takes"]): Step {
  return { takes, isRepeated: true, skips: 1 };
}

/**
 * Whether steps match a whole name. All ways to match are followed at once, so that the time grows with the length of
 * the name only: names come from archives, and a backtracking search could take forever.
 */
function matches(steps: readonly Step[], name: string): boolean {
  let states = reached(steps, [0]);
  for (const char of name) {
    const next: number[] = [];
    for (const at of states) {
      const step = steps[at];
      if (step?.takes(char)) next.push(step.isRepeated ? at : at + 1);
    }
    if (next.length === 0) return false;
    states = reached(steps, next);
  }
  return states.has(steps.length);
}

/** The given states, and those that they reach without a character. */
function reached(steps: readonly Step[], from: readonly number[]): Set<number> {
  const states = new Set(from);
  for (const at of states) {
    const { skips = 0, isRepeated = false } = steps[at] ?? {};
    if (skips > 0) states.add(at + skips);
    if (skips > 1 && !isRepeated) states.add(at + 1);
  }
  return states;
}
