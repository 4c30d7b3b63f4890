import { readFile } from "node:fs/promises";
import { outOfFiles } from "./disk-failure.ts";
import { whenFileFree } from "./when-file-free.ts";

/**
 * The text of a file that can do without; undefined if it is not there or can't be read.
 *
 * @throws FormatError `VOXRX_FILE_UNREADABLE` if no further file can be opened: what it says is not known then
 */
export async function readIfReadable(path: string): Promise<string | undefined> {
  return whenFileFree(() => readFile(path, "utf8")).catch((error: unknown) => {
    const fault = outOfFiles(error, path);
    if (fault) throw fault;
    return undefined;
  });
}
