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
    .filter((path) => ![join("docs", "api"), join("docs", "operators")].some((made) => path.includes(made)))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}
