import { walkDirectory } from "../src/files/walk-directory.ts";
import { compareNames } from "../src/name-order.ts";

/**
 * The paths of all files in a directory tree, relative to it (with `/`) and sorted by code points: the same on every
 * machine. Links are followed; one that leads nowhere is listed, so that reading it fails. Hidden files and directories
 * are skipped, including those that macOS adds to archives (`._*`).
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export async function listFiles(root: string, signal?: AbortSignal): Promise<string[]> {
  const { files } = await walkDirectory(root, signal);
  return files.map(({ name }) => name).sort(compareNames);
}
