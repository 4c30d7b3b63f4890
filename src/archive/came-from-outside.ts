import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { comparablePath } from "../files/check-platform.ts";
import { downloadRecordPath, recordDirectory } from "../http/download-record.ts";
import { namesInRecord } from "./extraction-record.ts";

/**
 * Whether VoxRx downloaded a file or extracted it from an archive: the records in `.voxrx`, in its directory or one
 * above, have its name. It counts as such also after it was changed.
 */
export async function cameFromOutside(path: string): Promise<boolean> {
  const given = resolve(path);
  const real = await realpath(given).catch(() => given);
  for (const file of new Set([given, real])) {
    if (await isThere(downloadRecordPath(file))) return true;
    for (let dir = dirname(file); ; dir = dirname(dir)) {
      if (await isExtracted(dir, relative(dir, file))) return true;
      if (dir === dirname(dir)) break;
    }
  }
  return false;
}

async function isExtracted(dir: string, name: string): Promise<boolean> {
  const records = join(dir, recordDirectory);
  const wanted = comparablePath(name);
  for (const record of await readdir(records).catch(() => [])) {
    if (!record.endsWith(".json") || record.endsWith(".download.json")) continue;
    const json = await readFile(join(records, record), "utf8").catch(() => "");
    // Most records don't have the name: they need not be parsed.
    if (!json.includes(JSON.stringify(name).slice(1, -1)) && comparablePath(name) === name) continue;
    if (namesInRecord(json).some((known) => comparablePath(known) === wanted)) return true;
  }
  return false;
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
