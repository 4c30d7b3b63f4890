/** Extraction of archives that nobody vouches for, whole or not at all. */

import { lstat, mkdir, readdir, realpath, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { callUser } from "../async/call-user.ts";
import { type Bytes, parseBytes } from "../bytes.ts";
import { ArchiveError, isVoxRxError } from "../errors.ts";
import { diskFailure } from "../files/disk-failure.ts";
import { withFileLock } from "../files/file-lock.ts";
import { recordFolder } from "../http/download-record.ts";
import { checkOptions } from "../options.ts";
import { archiveKind } from "./archive-kind.ts";
import {
  type ExtractRecord,
  identifyArchive,
  intactFiles,
  readRecord,
  recordPath,
  writeRecord,
} from "./extraction-record.ts";
import { type NameFilter, nameFilterSchema, nameTest } from "./name-filter.ts";
import { publish } from "./publish-tree.ts";
import { readTar } from "./read-tar.ts";
import { readZip } from "./read-zip.ts";
import { Staging } from "./staging.ts";

/** How far an extraction is. */
export interface ExtractProgress {
  /** Bytes of the archive read. */
  readonly bytes: number;
  /** Bytes of the archive. */
  readonly total: number;
  /** Path of the archive. */
  readonly archive: string;
}

/** What an archive may hold. */
export interface ExtractLimits {
  /** Most bytes that it may unpack to. Default `"256GiB"`. */
  readonly maxBytes?: Bytes;
  /** Most entries that it may have, folders included. Default 1000000. */
  readonly maxEntries?: number;
}

/** Options of {@link extractArchive}. */
export interface ExtractArchiveOptions extends ExtractLimits {
  /** Path of the archive: tar, tar.gz or zip, told by its content. */
  readonly archive: string;
  /** Folder that its files go to. Made if need be. */
  readonly dir: string;
  /** Which files are wanted, by patterns of their names in the archive: `"*.nii.gz"`, `["labels/**", "!*.txt"]`. Default: all. */
  readonly filter?: NameFilter | undefined;
  /** Aborting closes everything at once and leaves nothing half-written. */
  readonly signal?: AbortSignal | undefined;
  /** Called as the archive is read. */
  readonly onProgress?: ((progress: ExtractProgress) => void) | undefined;
}

/** What {@link extractArchive} gives. */
export interface ExtractedArchive {
  /** Absolute path of the folder. */
  readonly dir: string;
  /** Names of the archive's files below the folder, sorted. */
  readonly files: readonly string[];
  /** Their bytes together. */
  readonly bytes: number;
  /** Whether anything was written now; false if everything was in place. */
  readonly extracted: boolean;
}

/** Checks {@link ExtractLimits}. */
export const limitsSchema = z.strictObject({
  maxBytes: z.union([z.number(), z.string()]).default("256GiB"),
  maxEntries: z.int().min(1).default(1_000_000),
});

const isFunction = (given: unknown) => typeof given === "function";
const schema = limitsSchema.extend({
  archive: z.string().min(1),
  dir: z.string().min(1),
  filter: nameFilterSchema.optional(),
  signal: z.instanceof(AbortSignal).optional(),
  onProgress: z.custom<(progress: ExtractProgress) => void>(isFunction).optional(),
});

interface Job {
  readonly archive: string;
  readonly dir: string;
  readonly record: string;
  readonly now: ExtractRecord["archive"];
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly filter: ((name: string) => boolean) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ExtractProgress) => void) | undefined;
}

/**
 * Extracts a tar, tar.gz or zip into a folder. All files appear, or none.
 *
 * Files are collected in `<dir>/.voxrx`, checked, then moved into place, where they replace files of their name; a record of them
 * stays in that folder. When the archive is unchanged and every file is in place with its size, nothing is read or written; what is
 * missing or cut short is extracted again. Leftovers of a killed run are removed by the next one. Several archives may share a
 * folder; calls for one folder wait for each other, also between processes. Files that macOS adds (`__MACOSX`, `._*`) are skipped.
 *
 * Refused are names that lead out of the folder (`..`, absolute, drives, backslashes, NUL), links of all sorts and devices. Whoever
 * made the archive decides about contents, never about permissions or owners.
 *
 * @throws ArchiveError `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`, `VOXRX_BAD_ARCHIVE` (damaged, cut off, a wrong CRC, unknown)
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 * @throws DownloadError `VOXRX_DISK_FULL`, `VOXRX_FOLDER_UNWRITABLE`
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { extractArchive } from "voxrx";
 * const { files } = await extractArchive({
 *   archive: "data/Task09_Spleen.tar",
 *   dir: "data",
 *   filter: "*.nii.gz",
 * });
 * ```
 */
export async function extractArchive(options: ExtractArchiveOptions): Promise<ExtractedArchive> {
  const checked = checkOptions("extractArchive", schema, options);
  const { signal, maxEntries } = checked;
  signal?.throwIfAborted();
  const maxBytes = parseBytes(checked.maxBytes, "maxBytes", "extractArchive");
  const archive = resolve(checked.archive);
  await archiveKind(archive);
  const dir = await realpath(resolve(checked.dir)).catch(() => resolve(checked.dir));
  const place = { archive, dir, record: recordPath(dir, archive), now: await identifyArchive(archive) };
  const { onProgress } = options;
  const job: Job = { ...place, maxBytes, maxEntries, filter: nameTest(checked.filter), signal, onProgress };
  const warm = await inPlace(job);
  if (warm) return warm;
  try {
    return await inFolder(dir, signal, async () => (await inPlace(job)) ?? (await extractInto(job)));
  } catch (error) {
    signal?.throwIfAborted();
    throw named(error, archive, dir);
  }
}

/** The result, if nothing is left to be done. */
async function inPlace({ dir, record: path, now, filter }: Job): Promise<ExtractedArchive | undefined> {
  const record = await readRecord(path, now);
  const isWanted = (name: string) => filter?.(name) ?? true;
  if (!record || record.leftOut.some(isWanted)) return undefined;
  const files = record.files.filter(([name]) => isWanted(name));
  const intact = await intactFiles(dir, files);
  return intact.size === files.length ? resultOf(dir, files, false) : undefined;
}

/** Holds the folder's lock while working in it; leaves no empty folder behind a failure. */
async function inFolder<T>(dir: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const own = join(dir, recordFolder);
  const made = await mkdir(own, { recursive: true });
  if ((await lstat(own)).isSymbolicLink()) {
    throw new ArchiveError("VOXRX_UNSAFE_ENTRY", "the folder of records is a link", {
      file: own,
      remedy: "Remove it.",
    });
  }
  try {
    return await withFileLock(join(own, "lock"), signal, work);
  } catch (error) {
    if (made !== undefined) await removeEmpty(own, made);
    throw error;
  }
}

async function extractInto(job: Job): Promise<ExtractedArchive> {
  const { archive, dir, now, maxBytes, maxEntries, filter, signal } = job;
  const own = join(dir, recordFolder, "staging");
  await rm(own, { recursive: true, force: true }); // the lock is ours: whatever lies there is of a dead run
  try {
    const before = await readRecord(job.record, now);
    const intact = await intactFiles(dir, before?.files ?? []);
    const folder = join(own, "files");
    await mkdir(folder, { recursive: true });
    const staging = new Staging(folder, { maxBytes, maxEntries, filter, isThere: (name) => intact.has(name), signal });
    await readInto(staging, job);
    signal?.throwIfAborted();
    const files = merged(before, staging, intact);
    const leftOut = [...staging.leftOut].filter((name) => !files.has(name));
    const record = { archive: await unchanged(archive, now), files: [...files], leftOut };
    await publish(folder, dir, join(own, "replaced"), () => writeRecord(job.record, record));
    return resultOf(dir, [...staging.files], true);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function readInto(staging: Staging, job: Job): Promise<void> {
  const { archive, signal, now, onProgress } = job;
  const kind = await archiveKind(archive);
  const onRead = (bytes: number) => callUser("onProgress", () => onProgress?.({ bytes, total: now.size, archive }));
  const task = { archive, signal, onRead };
  await (kind === "zip" ? readZip(task, staging) : readTar(task, kind === "tar.gz", staging));
}

/** All files of the archive that are in place now: those of this run, and those that an earlier one wanted. */
function merged(before: ExtractRecord | undefined, staging: Staging, intact: ReadonlySet<string>): Map<string, number> {
  const earlier = (before?.files ?? []).filter(([name]) => intact.has(name));
  return new Map([...earlier, ...staging.files]);
}

async function unchanged(archive: string, now: ExtractRecord["archive"]): Promise<ExtractRecord["archive"]> {
  const { size, modified } = await identifyArchive(archive);
  if (size === now.size && modified === now.modified) return now;
  throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive changed while it was read", {
    file: archive,
    remedy: "Run again once nobody writes to it.",
  });
}

function resultOf(dir: string, files: ExtractRecord["files"], extracted: boolean): ExtractedArchive {
  const names = files.map(([name]) => name).sort();
  return { dir, files: names, bytes: files.reduce((sum, [, bytes]) => sum + bytes, 0), extracted };
}

/** What went wrong, as an error that names the archive. What the libraries throw means that the archive is damaged. */
function named(error: unknown, archive: string, dir: string): Error {
  if (isVoxRxError(error)) return error.locate({ file: archive });
  const ofDisk = diskFailure(error, join(dir, recordFolder));
  if (ofDisk) return ofDisk;
  const said = error instanceof Error ? error.message : String(error);
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive is damaged or cut off: ${said}`, {
    file: archive,
    cause: error,
    remedy: "Download it again, and give its checksum if one is published.",
  });
}

/** Removes empty folders from `path` up to `last`. */
async function removeEmpty(path: string, last: string): Promise<void> {
  for (let folder = path; folder.length >= last.length; folder = dirname(folder)) {
    const names = await readdir(folder).catch(() => undefined);
    if (names?.length !== 0) return;
    await rmdir(folder).catch(() => {}); // somebody may have put a file there meanwhile
  }
}
