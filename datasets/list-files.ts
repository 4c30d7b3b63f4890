import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileFault } from "../src/files/image-file.ts";
import { compareNames } from "./partition-indices.ts";

/**
 * The names of all files below a folder (`/` between folders), sorted by code points: the same on every machine. Left out are hidden
 * files and folders, among them those that macOS adds to archives (`._*`).
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export async function listFiles(folder: string, signal?: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const walk = async (below: string): Promise<void> => {
    signal?.throwIfAborted();
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((cause) => {
      throw fileFault(cause, join(folder, below));
    });
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const name = join(below, entry.name);
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile() || entry.isSymbolicLink()) names.push(sep === "/" ? name : name.split(sep).join("/"));
    }
  };
  await walk("");
  return names.sort(compareNames);
}
