/** The project's own files, to be checked as text. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The project's top folder. */
export const root = join(import.meta.dirname, "..", "..");

/** A file with its path from the top folder. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What the site is made of when it is built, and what is installed for that: not in the repository. */
const generated = /^docs\/(node_modules|api|operators|project|notebooks\/[^/]+\.md|\.vitepress\/(dist|cache))(\/|$)/;

/** Whether a path from the top folder is of a page that is generated when the site is built. */
export function isGenerated(path: string): boolean {
  return generated.test(path) && path !== "docs/notebooks/README.md";
}

/** All files of the given endings below folders or at paths, without generated ones. */
export function filesIn(places: readonly string[], ending: RegExp): SourceFile[] {
  return places
    .flatMap((place) =>
      ending.test(place)
        ? [join(root, place)]
        : readdirSync(join(root, place), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile() && ending.test(entry.name))
            .map((entry) => join(entry.parentPath, entry.name)),
    )
    .sort()
    .map((path) => relative(root, path))
    .filter((path) => !isGenerated(path) && !path.includes("node_modules"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
