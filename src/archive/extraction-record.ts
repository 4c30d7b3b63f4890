/** What is remembered of a finished extraction: which archive, and which files came of it. */
import { createHash } from "node:crypto";
import { lstat, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { z } from "zod";
import { parseJson } from "../files/file-lock.ts";
import { identifyFile } from "../files/identify-file.ts";
import { recordFolder } from "../http/download-record.ts";

/** One finished extraction. */
export interface ExtractRecord {
  /** What the archive was. Its path is no part of it: a data folder may be moved. */
  readonly archive: { readonly size: number; readonly modified: string };
  /** Names of the files, and their bytes. */
  readonly files: readonly (readonly [name: string, bytes: number])[];
  /** Names of the files that a filter left out. */
  readonly leftOut: readonly string[];
}

const schema = z.object({
  archive: z.object({ size: z.number(), modified: z.string() }),
  files: z.array(z.tuple([z.string(), z.number()])),
  leftOut: z.array(z.string()),
});

/** Files looked at at once. */
const looks = 64;

/** Path of the record of an archive in a target folder. The same archive keeps it when both are moved together. */
export function recordPath(dir: string, archive: string): string {
  const place = createHash("sha256").update(relative(dir, archive)).digest("hex").slice(0, 8);
  return join(dir, recordFolder, `${basename(archive)}.${place}.json`);
}

/** What an archive is now, as records keep it. */
export async function identifyArchive(archive: string): Promise<ExtractRecord["archive"]> {
  const { size, modified } = await identifyFile(archive);
  return { size, modified };
}

/** The record at `path`, if it is one of this archive as it is now. */
export async function readRecord(path: string, now: ExtractRecord["archive"]): Promise<ExtractRecord | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const record = schema.safeParse(text === undefined ? undefined : parseJson(text));
  if (!record.success) return undefined;
  const { size, modified } = record.data.archive;
  return size === now.size && modified === now.modified ? record.data : undefined;
}

/** Puts a record in place whole. */
export async function writeRecord(path: string, record: ExtractRecord): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

/** The names of the files that are in place with their size. */
export async function intactFiles(dir: string, files: ExtractRecord["files"]): Promise<Set<string>> {
  const intact = new Set<string>();
  for (let start = 0; start < files.length; start += looks) {
    const some = files.slice(start, start + looks);
    await Promise.all(
      some.map(async ([name, bytes]) => {
        const found = await lstat(join(dir, name)).catch(() => undefined);
        if (found?.isFile() && found.size === bytes) intact.add(name);
      }),
    );
  }
  return intact;
}
