/** Records of finished downloads, so that later runs don't have to read a large file to know its checksum. */
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { type FileIdentity, localFileIdentity } from "../files/file-identity.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { parseJson } from "../files/parse-json.ts";
import { readIfReadable } from "../files/read-if-readable.ts";
import { writeAtomically } from "../files/write-atomically.ts";
import { numberSchema } from "../options.ts";
import type { FileChecksums } from "./checksum.ts";

/** Name of the directory, next to the files, in which records are stored. */
export const recordDirectory = ".voxrx";

/**
 * Whether a part of a path is the directory of the records on some system: without regard to case, forms of Unicode,
 * characters that macOS ignores, and dots and blanks at the end, which Windows ignores.
 */
export function isRecordDirectory(part: string): boolean {
  const plain = part.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return plain.replace(/[. ]+$/, "").toLowerCase() === recordDirectory;
}

/** A finished download and the identity of the file right after it. */
export interface DownloadRecord extends FileChecksums {
  /** URL without query; undefined for a file that existed before. */
  readonly url?: string | undefined;
  readonly file: FileIdentity;
}

const schema = v.object({
  url: v.optional(v.string()),
  sha256: v.string(),
  md5: v.optional(v.string()),
  file: v.object({ path: v.string(), size: numberSchema, modified: v.string(), changed: v.string() }),
});

/** The record of the file at `path`, if the file is unchanged since. */
export async function readRecord(path: string): Promise<DownloadRecord | undefined> {
  const json = await readIfReadable(downloadRecordPath(path));
  if (json === undefined) return undefined;
  const record = v.safeParse(schema, parseJson(json));
  if (!record.success) return undefined;
  const { file } = record.output;
  const now = await localFileIdentity(path).catch(() => undefined);
  const isSame = now?.size === file.size && now.modified === file.modified && now.changed === file.changed;
  return isSame ? record.output : undefined;
}

/**
 * Records the identity and checksums of the file at `path`. If the directory can't be written, only the next run is
 * slower.
 */
export async function writeRecord(path: string, sums: FileChecksums, url: string | undefined): Promise<void> {
  const file = downloadRecordPath(path);
  try {
    const identity = await localFileIdentity(path);
    await makeDirectory(dirname(file));
    const record = { url, ...sums, file: { ...identity, path: basename(path) } };
    await writeAtomically(file, JSON.stringify(record), { sync: false });
  } catch {
    // The next run computes the checksums from the bytes.
  }
}

/** Path of the record of a downloaded file. */
export function downloadRecordPath(path: string): string {
  return join(dirname(path), recordDirectory, `${basename(path)}.download.json`);
}
