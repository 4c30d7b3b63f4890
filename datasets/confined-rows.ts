import { dirname, resolve } from "node:path";
import { confinedTo, confinementOf, confinementRemedy, faultOfText } from "../src/format/confined-paths.ts";
import { isUrl } from "../src/http/read-source.ts";

/** A string in a row that names a file outside: what is wrong, from the column on, and what to do. */
interface Outside {
  readonly fault: string;
  readonly remedy: string;
}

/**
 * The check of the rows of a table that may only name files inside of a directory; undefined for any other table. A
 * table from a URL may also name URLs of its own server.
 */
export async function rowCheck(
  source: string,
  root: string | undefined,
): Promise<((row: Readonly<Record<string, unknown>>) => Promise<Outside | undefined>) | undefined> {
  const isRemote = isUrl(source);
  const dir = isRemote ? process.cwd() : dirname(resolve(source));
  const limits = isRemote
    ? await confinedTo(root ?? dir, root !== undefined)
    : await confinementOf(source, { root, dir });
  if (!limits) return undefined;
  // The strings of a column are often the same.
  const known = new Map<string, string | undefined>();
  const faultOf = async (text: string) => {
    if (isRemote && isUrl(text) && originOf(text) === originOf(source)) return undefined;
    if (!known.has(text) && known.size > 10_000) known.clear();
    if (!known.has(text)) known.set(text, await faultOfText(text, dir, limits));
    return known.get(text);
  };
  return async (row) => {
    for (const [column, value] of Object.entries(row)) {
      for (const text of [value].flat()) {
        const fault = typeof text === "string" ? await faultOf(text) : undefined;
        if (typeof text !== "string" || fault === undefined) continue;
        const shown = JSON.stringify(text.slice(0, 200));
        return {
          fault: `column "${column}": the table may only name files inside of ${limits.root}, but ${shown} ${fault}`,
          remedy: confinementRemedy(limits),
        };
      }
    }
    return undefined;
  };
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
