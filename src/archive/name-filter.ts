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
    return { not, expression: expressionOf(not ? pattern.slice(1) : pattern) };
  });
  const startsWanted = patterns[0]?.not === true;
  return (name) =>
    patterns.reduce((wanted, { not, expression }) => (expression.test(name) ? !not : wanted), startsWanted);
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : `\\${part}`;
  });
  return new RegExp(`${pattern.includes("/") ? "^" : "(?:^|/)"}${source}$`, "su");
}
