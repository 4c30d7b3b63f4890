/** File downloads that end up complete and verified, or not at all. */

import { rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { UserCallback } from "../async/call-user.ts";
import { ComputeOnce } from "../async/compute-once.ts";
import { KeyedQueue } from "../async/keyed-queue.ts";
import { type Bytes, parseBytes } from "../bytes.ts";
import { DownloadError, OptionError } from "../errors.ts";
import { diskFailure, isOfSystem, reasonOfWrite } from "../files/disk-failure.ts";
import { withFileLock } from "../files/file-lock.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { checkOptions, functionSchema, integerSchema, nonEmptySchema, numberSchema } from "../options.ts";
import { shownUrl } from "../shown-url.ts";
import { type Checksums, checksumMismatch, Digests, digestFile, type FileChecksums, satisfies } from "./checksum.ts";
import { readRecord, writeRecord } from "./download-record.ts";
import { PartialFile, publishedNote, removePublishedNote } from "./partial-file.ts";
import { type ReceiveOptions, receive } from "./receive-body.ts";
import { headersSchema } from "./request-headers.ts";

/** Progress of a download. */
export interface DownloadProgress {
  /** Bytes received so far, including those from earlier runs. */
  readonly bytes: number;
  /** Size of the whole file in bytes; undefined if the server doesn't report it. */
  readonly total: number | undefined;
  /** The given URL without its query. */
  readonly url: string;
}

/** Options of HTTP transfers. */
export interface TransferOptions {
  /** Retries after consecutive failures. Default 5. An attempt that received at least 1 MiB resets the count. */
  readonly retries?: number;
  /**
   * Delay before the first retry in milliseconds; doubles up to 30 s. A longer Retry-After takes precedence. Default
   * 500.
   */
  readonly backoffMs?: number;
  /**
   * Milliseconds without any data after which an attempt fails: while connecting, before or during the response.
   * Default 30000.
   */
  readonly timeoutMs?: number;
  /** HTTP headers for the server. Never sent to another origin, never shown in a message or stored. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest file allowed, in bytes. Default `"1TiB"`. */
  readonly maxBytes?: Bytes;
  /** Called as bytes arrive. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Options of {@link downloadFile}. */
export interface DownloadFileOptions extends TransferOptions {
  /** URL of the file, `http` or `https`. */
  readonly url: string | URL;
  /** Path of the local file. Missing directories are created. */
  readonly path: string;
  /** Published MD5, hexadecimal. Default: not checked. */
  readonly md5?: string | undefined;
  /** Published SHA-256, hexadecimal. Default: not checked. */
  readonly sha256?: string | undefined;
  /** Aborting closes sockets and files at once and keeps the received bytes for the next run. */
  readonly signal?: AbortSignal | undefined;
}

/** Result of {@link downloadFile}. */
export interface DownloadedFile {
  /** Absolute path. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** Whether this call fetched it; false if it was already present. */
  readonly fetched: boolean;
}

/** Checks a checksum and converts it to lower case. */
const hexSchema = (digits: number, name: string) =>
  v.pipe(
    v.string(),
    v.transform((hex) => hex.trim().toLowerCase()),
    v.check((hex) => new RegExp(`^[0-9a-f]{${digits}}$`).test(hex), `an ${name} is ${digits} hexadecimal digits`),
  );

/** Checks the fields of {@link Checksums}. */
export const checksumsSchema = v.object({
  md5: v.optional(hexSchema(32, "md5")),
  sha256: v.optional(hexSchema(64, "sha256")),
});

/** Checks {@link TransferOptions}. */
export const transferSchema = v.strictObject({
  retries: v.optional(v.pipe(integerSchema, v.minValue(0)), 5),
  backoffMs: v.optional(v.pipe(numberSchema, v.minValue(0), v.maxValue(3_600_000)), 500),
  timeoutMs: v.optional(v.pipe(numberSchema, v.minValue(1), v.maxValue(86_400_000)), 30_000),
  headers: v.optional(headersSchema, {}),
  maxBytes: v.optional(v.union([numberSchema, v.string()]), "1TiB"),
  onProgress: v.optional(functionSchema<(progress: DownloadProgress) => void>()),
});

const schema = v.strictObject({
  ...transferSchema.entries,
  url: v.union([v.string(), v.instance(URL)]),
  path: nonEmptySchema,
  ...checksumsSchema.entries,
  signal: v.optional(v.instance(AbortSignal)),
});

interface Job extends Omit<ReceiveOptions, "signal" | "onBytes"> {
  readonly wanted: Checksums;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * Downloads one file. It appears at `path` atomically, complete and verified, or not at all.
 *
 * Bytes are written to `<path>.part`. An interrupted transfer resumes where it stopped, in the same run or the next
 * one, if the server sends an ETag or a Last-Modified date and supports ranges; otherwise it starts from scratch. If
 * the file exists and has the expected checksum, it isn't fetched and no network is needed; without a checksum, an
 * existing file is enough unless it is known to come from another URL. Concurrent calls for the same path share one
 * transfer, and other processes wait for it.
 *
 * @throws DownloadError `VOXRX_HTTP_STATUS`, `VOXRX_OFFLINE`, `VOXRX_DOWNLOAD_FAILED`, `VOXRX_INCOMPLETE_DOWNLOAD`,
 * `VOXRX_UNEXPECTED_CONTENT` (the server sent a web page), `VOXRX_PATH_TAKEN`, `VOXRX_DISK_FULL`,
 * `VOXRX_FOLDER_UNWRITABLE`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH`; the received bytes are deleted
 * @throws PipelineError `VOXRX_TOO_LARGE`
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { downloadFile } from "voxrx";
 * const { path, fetched } = await downloadFile({
 *   url: "https://example.org/scan.nii.gz",
 *   path: "data/scan.nii.gz",
 *   md5: "9e107d9d372bb6826bd81d3542a419d6",
 * });
 * ```
 */
export async function downloadFile(options: DownloadFileOptions): Promise<DownloadedFile> {
  const { signal, md5, sha256, url, path, maxBytes, ...rest } = checkOptions("downloadFile", schema, options);
  signal?.throwIfAborted();
  const limit = parseBytes(maxBytes, "maxBytes", "downloadFile");
  const { onProgress } = options;
  const job = {
    ...rest,
    onProgress,
    url: webUrl(url),
    path: resolve(path),
    maxBytes: limit,
    wanted: { md5, sha256 },
  };
  return share(job, signal);
}

/** Calls for the same file share one transfer, which stops when the last caller aborts. */
const downloads = new ComputeOnce<DownloadedFile>("stop");
/** Calls for one path with different URLs or checksums wait for each other. */
const byPath = new KeyedQueue();

async function share(job: Job, signal: AbortSignal | undefined): Promise<DownloadedFile> {
  const { path, url, wanted } = job;
  const { result } = await downloads.run(
    JSON.stringify([path, url.href, wanted]),
    ({ signal: shared }) => byPath.run(path, () => obtain(job, shared), shared),
    signal,
  );
  return result;
}

async function obtain(job: Job, signal: AbortSignal): Promise<DownloadedFile> {
  const { path } = job;
  try {
    const here = await findIntact(job, signal);
    if (here) {
      await removeSurplusPart(path, signal);
      return here;
    }
    await makeDirectory(dirname(path));
    return await withFileLock(
      `${path}.part.lock`,
      signal,
      async () => (await findIntact(job, signal)) ?? fetchFile(job, signal),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw diskFailure(error, path) ?? (isOfSystem(error) ? refused(error, path) : error);
  }
}

/** The error for what the system refused for another reason. */
function refused(error: Error, path: string): DownloadError {
  const { fault, remedy } = reasonOfWrite(error);
  return new DownloadError("VOXRX_FOLDER_UNWRITABLE", `the file cannot be read or written: ${fault}`, {
    file: path,
    cause: error,
    remedy,
  });
}

/** Removes what a killed run left beside a file that is complete. */
async function removeSurplusPart(path: string, signal: AbortSignal): Promise<void> {
  const parts = [`${path}.part`, `${path}.part.json`];
  const found = await Promise.all(parts.map((part) => stat(part).catch(() => undefined)));
  if (!found.some(Boolean)) return;
  const remove = () => Promise.all(parts.map((part) => rm(part, { force: true })));
  // The directory may be one that can't be written.
  await withFileLock(`${path}.part.lock`, signal, remove).catch(() => signal.throwIfAborted());
}

/** The file, if it exists and is the requested one. */
async function findIntact({ path, url, wanted }: Job, signal: AbortSignal): Promise<DownloadedFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isFile()) {
    throw new DownloadError("VOXRX_PATH_TAKEN", "the target path is not a file", {
      file: path,
      remedy: "Remove it, or choose another path.",
    });
  }
  const record = await readRecord(path);
  const note = await publishedNote(path);
  const origin = record?.url ?? note?.url;
  refuseOtherUrl(origin, url, wanted, path);
  const known = wanted.md5 === undefined || record?.md5 !== undefined ? record : undefined;
  const sums = known ?? (await digestsOf(path, wanted, signal));
  if (!satisfies(sums, wanted)) return undefined;
  if (!known) await writeRecord(path, sums, origin);
  if (note) await removePublishedNote(path);
  return { path, bytes: found.size, sha256: sums.sha256, fetched: false };
}

async function digestsOf(path: string, wanted: Checksums, signal: AbortSignal): Promise<FileChecksums> {
  const digests = new Digests(wanted.md5 !== undefined);
  await digestFile(path, digests, signal);
  return digests.finish();
}

/** Two URLs that end in the same name must not silently yield the same file. */
function refuseOtherUrl(origin: string | undefined, url: URL, wanted: Checksums, path: string): void {
  const isChecked = wanted.md5 !== undefined || wanted.sha256 !== undefined;
  if (isChecked || origin === undefined || origin === shownUrl(url)) return;
  throw new DownloadError("VOXRX_PATH_TAKEN", `the existing file came from ${origin}, not from ${shownUrl(url)}`, {
    file: path,
    remedy: "Choose another file name, give a checksum, or remove the file.",
  });
}

async function fetchFile(job: Job, signal: AbortSignal): Promise<DownloadedFile> {
  const { path, url, wanted, onProgress } = job;
  const shown = shownUrl(url);
  const progress = new UserCallback("onProgress", onProgress);
  const onBytes = (bytes: number, total: number | undefined) => progress.call({ bytes, total, url: shown });
  for (;;) {
    const part = await PartialFile.open(path, shown, wanted.md5 !== undefined, signal);
    const resumed = part.bytes > 0;
    let isPublished = false;
    try {
      await receive(part, { ...job, signal, onBytes });
      await progress.settled();
      const { bytes } = part;
      const sums = part.finish();
      if (satisfies(sums, wanted)) {
        await part.publish(path);
        isPublished = true;
        await writeRecord(path, sums, shown);
        await removePublishedNote(path);
        return { path, bytes, sha256: sums.sha256, fetched: true };
      }
      await refuse(part, sums, job, resumed);
    } finally {
      if (!isPublished) await part.close();
    }
  }
}

/** Discards bytes with a wrong checksum. A download that was resumed gets one more attempt, from its first byte. */
async function refuse(part: PartialFile, sums: FileChecksums, { wanted, url }: Job, resumed: boolean): Promise<void> {
  await part.restart(undefined);
  if (resumed) return;
  throw checksumMismatch(sums, wanted, shownUrl(url));
}

function webUrl(given: string | URL): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new OptionError(
    "VOXRX_BAD_OPTION",
    `url must be an http or https URL, got ${JSON.stringify(shownUrl(given))}`,
    {
      operator: "downloadFile",
      remedy: "Give a URL that starts with https:// or http://.",
    },
  );
}
