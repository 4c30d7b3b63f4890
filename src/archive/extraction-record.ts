/** Records of finished extractions: the archive and the files extracted from it. */
import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import * as v from "valibot";
import { localFileIdentity } from "../files/file-identity.ts";
import { parseJson } from "../files/parse-json.ts";
import { readIfReadable } from "../files/read-if-readable.ts";
import { writeAtomically } from "../files/write-atomically.ts";
import { recordDirectory } from "../http/download-record.ts";
import { numberSchema } from "../options.ts";

/** One finished extraction. */
export interface ExtractRecord {
  /** Identity of the archive, without its path: the data directory may be moved. */
  readonly archive: { readonly size: number; readonly modified: string };
  /** Names of the files and their sizes in bytes. */
  readonly files: readonly (readonly [name: string, bytes: number])[];
  /** Names of the files excluded by the filter. */
  readonly leftOut: readonly string[];
}

const schema = v.object({
  archive: v.object({ size: numberSchema, modified: v.string() }),
  files: v.array(v.strictTuple([v.string(), numberSchema])),
  leftOut: v.array(v.string()),
});

/** Files checked concurrently. */
const concurrency = 64;

/** Path of the record of an archive in a target directory. It stays the same when both are moved together. */
export function recordPath(dir: string, archive: string): string {
  const where = createHash("sha256").update(relative(dir, archive)).digest("hex").slice(0, 8);
  return join(dir, recordDirectory, `${basename(archive)}.${where}.json`);
}

/** The current identity of an archive, as records store it. */
export async function identifyArchive(archive: string): Promise<ExtractRecord["archive"]> {
  const { size, modified } = await localFileIdentity(archive);
  return { size, modified };
}

/** The record at `path`, if it belongs to the archive with the identity `now`. */
export async function readRecord(path: string, now: ExtractRecord["archive"]): Promise<ExtractRecord | undefined> {
  const json = await readIfReadable(path);
  const record = v.safeParse(schema, json === undefined ? undefined : parseJson(json));
  if (!record.success) return undefined;
  const { size, modified } = record.output.archive;
  return size === now.size && modified === now.modified ? record.output : undefined;
}

/** The names of the files in a record's text; none if it is damaged. */
export function namesInRecord(json: string): string[] {
  const record = v.safeParse(schema, parseJson(json));
  return record.success ? record.output.files.map(([name]) => name) : [];
}

/** Writes a record atomically. */
export async function writeRecord(path: string, record: ExtractRecord): Promise<void> {
  // System errors are passed on: the caller rolls back and converts them.
  await writeAtomically(path, JSON.stringify(record), { sync: false, asError: (cause) => cause });
}

/** The names of the files that are in place with the right size. */
export async function intactFiles(dir: string, files: ExtractRecord["files"]): Promise<Set<string>> {
  const intact = new Set<string>();
  for (let start = 0; start < files.length; start += concurrency) {
    const some = files.slice(start, start + concurrency);
    await Promise.all(
      some.map(async ([name, bytes]) => {
        const found = await lstat(join(dir, name)).catch(() => undefined);
        if (found?.isFile() && found.size === bytes) intact.add(name);
      }),
    );
  }
  return intact;
}
