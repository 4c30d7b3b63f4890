/** Which files of an archive are wanted, as data: patterns of their names. */
import { z } from "zod";

/**
 * Patterns of names: `*` and `?` stand for characters within a folder's or file's name, `**` also for folders. A pattern without `/` is
 * held against the last part of the name. A file is wanted if a pattern fits; one that begins with `!` takes away again.
 */
export type NameFilter = string | readonly string[];

/** Checks a {@link NameFilter}. */
export const nameFilterSchema = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** Tells whether a name is wanted; undefined if all are. */
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
