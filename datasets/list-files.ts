import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileFault } from "../src/files/image-file.ts";
import { compareNames } from "./partition-indices.ts";

/**
 * The paths of all files in a directory tree, relative to it (with `/`) and sorted by code points: the same on every
 * machine. Hidden files and directories are skipped, including those that macOS adds to archives (`._*`).
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export async function listFiles(root: string, signal?: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const listDir = async (dir: string): Promise<void> => {
    signal?.throwIfAborted();
    const entries = await readdir(join(root, dir), { withFileTypes: true }).catch((cause) => {
      throw fileFault(cause, join(root, dir));
    });
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const name = join(dir, entry.name);
      if (entry.isDirectory()) await listDir(name);
      else if (entry.isFile() || entry.isSymbolicLink()) names.push(sep === "/" ? name : name.split(sep).join("/"));
    }
  };
  await listDir("");
  return names.sort(compareNames);
}
