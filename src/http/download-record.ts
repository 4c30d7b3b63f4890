/** What is remembered of a finished download, so that a warm run need not read a large file to know it. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { parseJson } from "../files/file-lock.ts";
import { areUnchanged, type FileIdentity, identifyFile } from "../files/identify-file.ts";
import type { FileChecksums } from "./checksum.ts";

/** Folder beside the files concerned in which records lie. */
export const recordFolder = ".voxrx";

/** What was downloaded, and what the file was then. */
export interface DownloadRecord extends FileChecksums {
  /** Address without query; undefined for a file that was here before. */
  readonly url?: string | undefined;
  readonly file: FileIdentity;
}

const schema = z.object({
  url: z.string().optional(),
  sha256: z.string(),
  md5: z.string().optional(),
  file: z.object({ path: z.string(), size: z.number(), modified: z.string(), changed: z.string() }),
});

/** The record of the file at `path`, if the file still is what it was. */
export async function readRecord(path: string): Promise<DownloadRecord | undefined> {
  const text = await readFile(recordPath(path), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const record = schema.safeParse(parseJson(text));
  if (!record.success) return undefined;
  return (await areUnchanged([{ ...record.data.file, path }])) ? record.data : undefined;
}

/** Notes what the file at `path` is. A folder that cannot be written costs the next run a look at the bytes, nothing else. */
export async function writeRecord(path: string, sums: FileChecksums, url: string | undefined): Promise<void> {
  const file = recordPath(path);
  const own = `${file}.${process.pid}`;
  try {
    const identity = await identifyFile(path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(own, JSON.stringify({ url, ...sums, file: { ...identity, path: basename(path) } }));
    await rename(own, file);
  } catch {
    await rm(own, { force: true }).catch(() => {});
  }
}

function recordPath(path: string): string {
  return join(dirname(path), recordFolder, `${basename(path)}.download.json`);
}
