/** The files in a directory, with their sizes. */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** A line for each file below a directory. */
export function filesIn(dir: string): string[] {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
  const width = Math.max(0, ...paths.map((path) => path.length));
  return paths.map((path) => `${path.padEnd(width)}  ${sizeText(statSync(join(dir, path)).size)}`);
}

function sizeText(bytes: number): string {
  return bytes >= 1000 ? `${Math.round(bytes / 1000)} kB` : `${bytes} B`;
}
