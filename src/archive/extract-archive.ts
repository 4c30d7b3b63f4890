/** Safe extraction of untrusted archives: all files or none. */

import { lstat, readdir, realpath, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { UserCallback } from "../async/call-user.ts";
import { type Bytes, parseBytes } from "../bytes.ts";
import { ArchiveError, DownloadError, isVoxRxError, messageOf } from "../errors.ts";
import { diskFailure, isOfSystem, reasonOfWrite } from "../files/disk-failure.ts";
import { withFileLock } from "../files/file-lock.ts";
import { fileFault } from "../files/image-file.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { recordDirectory } from "../http/download-record.ts";
import { checkOptions, functionSchema, integerSchema, nonEmptySchema, numberSchema } from "../options.ts";
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

/** Progress of an extraction. */
export interface ExtractProgress {
  /** Bytes of the archive read so far. */
  readonly bytes: number;
  /** Size of the archive in bytes. */
  readonly total: number;
  /** Path of the archive. */
  readonly archive: string;
}

/** Limits on the contents of an archive. */
export interface ExtractLimits {
  /** Maximum size of the unpacked files together, in bytes. Default `"256GiB"`. */
  readonly maxBytes?: Bytes;
  /** Maximum number of entries, including directories. Default 1000000. */
  readonly maxEntries?: number;
}

/** Options of {@link extractArchive}. */
export interface ExtractArchiveOptions extends ExtractLimits {
  /** Path of the archive: tar, tar.gz or zip, detected from its content. */
  readonly archive: string;
  /** Directory to extract to. Created if missing. */
  readonly dir: string;
  /**
   * Files to extract, as glob patterns of their names in the archive: `"*.nii.gz"`, `["labels/**", "!*.txt"]`. Default:
   * all.
   */
  readonly filter?: NameFilter | undefined;
  /** Aborting closes all files at once and leaves nothing half-written. */
  readonly signal?: AbortSignal | undefined;
  /** Called as the archive is read. */
  readonly onProgress?: ((progress: ExtractProgress) => void) | undefined;
}

/** Result of {@link extractArchive}. */
export interface ExtractedArchive {
  /** Absolute path of the directory. */
  readonly dir: string;
  /** Names of the archive's files below the directory, sorted. */
  readonly files: readonly string[];
  /** Total size of the files in bytes. */
  readonly bytes: number;
  /** Whether this call wrote anything; false if everything was in place already. */
  readonly extracted: boolean;
}

/** Checks {@link ExtractLimits}. */
export const limitsSchema = v.strictObject({
  maxBytes: v.optional(v.union([numberSchema, v.string()]), "256GiB"),
  maxEntries: v.optional(v.pipe(integerSchema, v.minValue(1)), 1_000_000),
});

const schema = v.strictObject({
  ...limitsSchema.entries,
  archive: nonEmptySchema,
  dir: nonEmptySchema,
  filter: v.optional(nameFilterSchema),
  signal: v.optional(v.instance(AbortSignal)),
  onProgress: v.optional(functionSchema<(progress: ExtractProgress) => void>()),
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
 * Extracts a tar, tar.gz or zip into a directory. Files appear whole. If the extraction fails or is aborted, what was
 * there before is there again. A process that is killed while it moves several files or directories into place can leave
 * some of them; the next call for the archive puts all in place. An archive with one directory at its top that is not
 * there yet appears in one step.
 *
 * Files are first extracted to `<dir>/.voxrx` and checked, then moved into place, where they replace files of the same
 * name; a record of them stays in `<dir>/.voxrx`. If the archive is unchanged and every file is in place with the right
 * size, nothing is read or written; missing or truncated files are extracted again. Leftovers of a killed run are
 * removed by the next one. Several archives can share a directory; calls for one directory wait for each other, across
 * processes too. Files that macOS adds (`__MACOSX`, `._*`) are skipped.
 *
 * Names that could leave the directory (`..`, absolute paths, drive letters, backslashes, NUL), links of any kind and
 * devices are errors. Permissions and owners in the archive are ignored.
 *
 * @throws ArchiveError `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`, `VOXRX_BAD_ARCHIVE` (damaged, truncated, wrong CRC,
 * unknown kind)
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
  const existing = await ifInPlace(job);
  // What is there may be what a killed run left.
  if (existing && !(await isThere(stagingOf(dir)))) return existing;
  try {
    return await inDirectory(dir, signal, async () => {
      await rm(stagingOf(dir), { recursive: true, force: true }); // we hold the lock: anything in there is from a killed run
      return (await ifInPlace(job)) ?? (await extractInto(job));
    });
  } catch (error) {
    signal?.throwIfAborted();
    // The directory may be one that can't be written.
    if (existing) return existing;
    throw withArchive(error, archive, dir);
  }
}

/** Where files are before they are moved into place. */
function stagingOf(dir: string): string {
  return join(dir, recordDirectory, "staging");
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The result, if there is nothing left to do. */
async function ifInPlace({ dir, record: path, now, filter }: Job): Promise<ExtractedArchive | undefined> {
  const record = await readRecord(path, now);
  const isWanted = (name: string) => filter?.(name) ?? true;
  if (!record || record.leftOut.some(isWanted)) return undefined;
  const files = record.files.filter(([name]) => isWanted(name));
  const intact = await intactFiles(dir, files);
  return intact.size === files.length ? resultOf(dir, files, false) : undefined;
}

/** Runs `work` while holding the directory's lock; removes directories that are left empty after a failure. */
async function inDirectory<T>(dir: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const recordDir = join(dir, recordDirectory);
  const made = await makeDirectory(recordDir);
  if ((await lstat(recordDir)).isSymbolicLink()) {
    throw new ArchiveError("VOXRX_UNSAFE_ENTRY", "the directory for the records is a link", {
      file: recordDir,
      remedy: "Remove it.",
    });
  }
  try {
    return await withFileLock(join(recordDir, "lock"), signal, work);
  } catch (error) {
    if (made !== undefined) await removeEmpty(recordDir, made);
    throw error;
  }
}

async function extractInto(job: Job): Promise<ExtractedArchive> {
  const { archive, dir, now, maxBytes, maxEntries, filter, signal } = job;
  const stagingDir = stagingOf(dir);
  try {
    const before = await readRecord(job.record, now);
    const intact = await intactFiles(dir, before?.files ?? []);
    const staged = join(stagingDir, "files");
    await makeDirectory(staged);
    const staging = new Staging(staged, { maxBytes, maxEntries, filter, isThere: (name) => intact.has(name), signal });
    await readInto(staging, job);
    signal?.throwIfAborted();
    const files = mergeFiles(before, staging, intact);
    const leftOut = [...staging.leftOut].filter((name) => !files.has(name));
    const record = { archive: await unchanged(archive, now), files: [...files], leftOut };
    await publish(staged, dir, join(stagingDir, "replaced"), () => writeRecord(job.record, record));
    return resultOf(dir, [...staging.files], true);
  } finally {
    await rm(stagingDir, { recursive: true, force: true });
  }
}

async function readInto(staging: Staging, job: Job): Promise<void> {
  const { archive, signal, now, onProgress } = job;
  const kind = await archiveKind(archive);
  const progress = new UserCallback("onProgress", onProgress);
  const onRead = (bytes: number) => progress.call({ bytes, total: now.size, archive });
  const task = { archive, signal, onRead };
  await (kind === "zip" ? readZip(task, staging) : readTar(task, kind === "tar.gz", staging));
  await progress.settled();
}

/** All files of the archive that are in place now: those of this run and the intact ones of earlier runs. */
function mergeFiles(
  before: ExtractRecord | undefined,
  staging: Staging,
  intact: ReadonlySet<string>,
): Map<string, number> {
  const earlier = (before?.files ?? []).filter(([name]) => intact.has(name));
  return new Map([...earlier, ...staging.files]);
}

async function unchanged(archive: string, now: ExtractRecord["archive"]): Promise<ExtractRecord["archive"]> {
  const { size, modified } = await identifyArchive(archive);
  if (size === now.size && modified === now.modified) return now;
  throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive changed while it was being read", {
    file: archive,
    remedy: "Run again when no other program writes to it.",
  });
}

function resultOf(dir: string, files: ExtractRecord["files"], extracted: boolean): ExtractedArchive {
  const names = files.map(([name]) => name).sort();
  return { dir, files: names, bytes: files.reduce((sum, [, bytes]) => sum + bytes, 0), extracted };
}

/** Adds the archive to an error. Errors thrown by the libraries mean that the archive is damaged. */
function withArchive(error: unknown, archive: string, dir: string): Error {
  if (isVoxRxError(error)) return error.locate({ file: archive });
  const ofDisk = diskFailure(error, join(dir, recordDirectory));
  if (ofDisk) return ofDisk;
  if (isOfSystem(error)) return systemFault(error, archive, dir);
  const reason = messageOf(error);
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive is damaged or truncated: ${reason}`, {
    file: archive,
    cause: error,
    remedy: "Download it again, with its checksum if one is published.",
  });
}

/** The error for what the system refused for another reason: reading the archive, or writing to the directory. */
function systemFault(error: Error & { readonly syscall: string }, archive: string, dir: string): Error {
  if (error.syscall === "read") return fileFault(error, archive);
  const { fault, remedy } = reasonOfWrite(error);
  return new DownloadError("VOXRX_FOLDER_UNWRITABLE", `the directory cannot be written to: ${fault}`, {
    file: dir,
    cause: error,
    remedy,
  });
}

/** Removes empty directories from `path` up to `last`. */
async function removeEmpty(path: string, last: string): Promise<void> {
  for (let here = path; here.length >= last.length; here = dirname(here)) {
    const names = await readdir(here).catch(() => undefined);
    if (names?.length !== 0) return;
    await rmdir(here).catch(() => {}); // another process may have put a file there meanwhile
  }
}
