/** Downloads of files that end up whole and verified, or not at all. */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { callUser } from "../async/call-user.ts";
import { SharedWork } from "../async/shared-work.ts";
import { type Bytes, parseBytes } from "../bytes.ts";
import { DownloadError, OptionError } from "../errors.ts";
import { diskFailure } from "../files/disk-failure.ts";
import { orAborted, withFileLock } from "../files/file-lock.ts";
import { checkOptions } from "../options.ts";
import { type Checksums, checksumMismatch, Digests, digestFile, type FileChecksums, satisfies } from "./checksum.ts";
import { type DownloadRecord, readRecord, writeRecord } from "./download-record.ts";
import { Part } from "./partial-file.ts";
import { type Reception, receive } from "./receive-body.ts";
import { publicUrl } from "./request.ts";
import { headersSchema } from "./request-headers.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes here, those of earlier runs included. */
  readonly bytes: number;
  /** Bytes of the whole file; undefined where the server does not say. */
  readonly total: number | undefined;
  /** Address as it was given, without its query. */
  readonly url: string;
}

/** How servers are spoken to. */
export interface TransferOptions {
  /** Tries after the first that may fail in a row. Default 5. A try that brought 1 MiB of the file is no failed one. */
  readonly retries?: number;
  /** Pause before the second try in milliseconds; it doubles up to 30 s, and gives way to a longer Retry-After. Default 500. */
  readonly backoffMs?: number;
  /** Milliseconds of silence after which a try is given up: while connecting, before the answer, within it. Default 30000. */
  readonly timeoutMs?: number;
  /** Headers for the server. They go to no other origin, into no message and into no file. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest file taken, in bytes. Default `"1TiB"`. */
  readonly maxBytes?: Bytes;
  /** Called as bytes come. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Options of {@link downloadFile}. */
export interface DownloadFileOptions extends TransferOptions {
  /** Address of the file, `http` or `https`. */
  readonly url: string | URL;
  /** Where the file goes. Folders on the way are made. */
  readonly path: string;
  /** Published MD5, hexadecimal. Default: not checked. */
  readonly md5?: string | undefined;
  /** Published SHA-256, hexadecimal. Default: not checked. */
  readonly sha256?: string | undefined;
  /** Aborting closes sockets and files at once and keeps what came for the next run. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link downloadFile} gives. */
export interface DownloadedFile {
  /** Absolute path. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** Whether it came over the network now; false if it was here already. */
  readonly fetched: boolean;
}

/** Checks a checksum; letters become lower case. */
const hexSchema = (digits: number, name: string) =>
  z
    .string()
    .transform((text) => text.trim().toLowerCase())
    .refine((text) => new RegExp(`^[0-9a-f]{${digits}}$`).test(text), `an ${name} is ${digits} hexadecimal digits`);

/** Checks the fields of {@link Checksums}. */
export const checksumsSchema = z.object({
  md5: hexSchema(32, "md5").optional(),
  sha256: hexSchema(64, "sha256").optional(),
});

/** Checks {@link TransferOptions}. */
export const transferSchema = z.strictObject({
  retries: z.int().min(0).default(5),
  backoffMs: z.number().min(0).max(3_600_000).default(500),
  timeoutMs: z.number().min(1).max(86_400_000).default(30_000),
  headers: headersSchema.default({}),
  maxBytes: z.union([z.number(), z.string()]).default("1TiB"),
  onProgress: z.custom<(progress: DownloadProgress) => void>((given) => typeof given === "function").optional(),
});

const schema = transferSchema.extend({
  url: z.union([z.string(), z.instanceof(URL)]),
  path: z.string().min(1),
  ...checksumsSchema.shape,
  signal: z.instanceof(AbortSignal).optional(),
});

interface Job extends Omit<Reception, "signal" | "onBytes"> {
  readonly wanted: Checksums;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
}

/**
 * Downloads one file. It appears at `path` whole and checked, at once, or not at all.
 *
 * Bytes go to `<path>.part`. A transfer that breaks off goes on where it stopped, within a run and in the next one, if the server
 * gives an ETag or a date and knows ranges; else it begins anew. A file that is here and has the wanted checksum is not fetched and
 * no network is needed; without a checksum its being here is enough, unless it is known to come from another address. Calls for one
 * path at once share one transfer, and other processes wait for it.
 *
 * @throws DownloadError `VOXRX_HTTP_STATUS`, `VOXRX_OFFLINE`, `VOXRX_DOWNLOAD_FAILED`, `VOXRX_INCOMPLETE_DOWNLOAD`,
 * `VOXRX_UNEXPECTED_CONTENT` (a web page came), `VOXRX_PATH_TAKEN`, `VOXRX_DISK_FULL`, `VOXRX_FOLDER_UNWRITABLE`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH`; nothing that came is kept
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
    url: webAddress(url),
    path: resolve(path),
    maxBytes: limit,
    wanted: { md5, sha256 },
  };
  return share(job, signal);
}

interface Active {
  readonly key: string;
  readonly work: SharedWork<DownloadedFile>;
}

const active = new Map<string, Active>();

async function share(job: Job, signal: AbortSignal | undefined): Promise<DownloadedFile> {
  const key = JSON.stringify([job.url.href, job.wanted]);
  let running = active.get(job.path);
  while (running && (running.key !== key || running.work.isAbandoned)) {
    await orAborted(running.work.settled(), signal);
    running = active.get(job.path);
  }
  if (running) return running.work.join(signal);
  const started = { key, work: new SharedWork((shared) => obtain(job, shared)) };
  active.set(job.path, started);
  void started.work.settled().then(() => {
    if (active.get(job.path) === started) active.delete(job.path);
  });
  return started.work.join(signal);
}

async function obtain(job: Job, signal: AbortSignal): Promise<DownloadedFile> {
  const here = await intact(job, signal);
  if (here) return here;
  const { path } = job;
  try {
    await mkdir(dirname(path), { recursive: true });
    return await withFileLock(
      `${path}.part.lock`,
      signal,
      async () => (await intact(job, signal)) ?? fetchFile(job, signal),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw diskFailure(error, path) ?? error;
  }
}

/** The file, if it is here and is what is wanted. */
async function intact({ path, url, wanted }: Job, signal: AbortSignal): Promise<DownloadedFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isFile()) {
    throw new DownloadError("VOXRX_PATH_TAKEN", "there is something else than a file where the download goes", {
      file: path,
      remedy: "Remove it, or choose another path.",
    });
  }
  const record = await readRecord(path);
  refuseOther(record, url, wanted, path);
  const known = wanted.md5 === undefined || record?.md5 !== undefined ? record : undefined;
  const sums = known ?? (await look(path, wanted, signal));
  if (!satisfies(sums, wanted)) return undefined;
  if (!known) await writeRecord(path, sums, record?.url);
  return { path, bytes: found.size, sha256: sums.sha256, fetched: false };
}

async function look(path: string, wanted: Checksums, signal: AbortSignal): Promise<FileChecksums> {
  const digests = new Digests(wanted.md5 !== undefined);
  await digestFile(path, digests, signal);
  return digests.finish();
}

/** Two addresses that end in the same name must not silently give the same file. */
function refuseOther(record: DownloadRecord | undefined, url: URL, wanted: Checksums, path: string): void {
  const isChecked = wanted.md5 !== undefined || wanted.sha256 !== undefined;
  if (isChecked || record?.url === undefined || record.url === publicUrl(url)) return;
  throw new DownloadError("VOXRX_PATH_TAKEN", `the file here came from ${record.url}, not from ${publicUrl(url)}`, {
    file: path,
    remedy: "Give another file name, or a checksum, or remove the file.",
  });
}

async function fetchFile(job: Job, signal: AbortSignal): Promise<DownloadedFile> {
  const { path, url, wanted, onProgress } = job;
  const shown = publicUrl(url);
  const onBytes = (bytes: number, total: number | undefined) =>
    callUser("onProgress", () => onProgress?.({ bytes, total, url: shown }));
  for (;;) {
    const part = await Part.open(path, shown, wanted.md5 !== undefined, signal);
    const resumed = part.bytes > 0;
    let isPublished = false;
    try {
      await receive(part, { ...job, signal, onBytes });
      const { bytes } = part;
      const sums = part.finish();
      if (satisfies(sums, wanted)) {
        await part.publish(path);
        isPublished = true;
        await writeRecord(path, sums, shown);
        return { path, bytes, sha256: sums.sha256, fetched: true };
      }
      await refuse(part, sums, job, resumed);
    } finally {
      if (!isPublished) await part.close();
    }
  }
}

/** Throws away what failed its check. What an earlier run had begun gets one more chance, from its first byte. */
async function refuse(part: Part, sums: FileChecksums, { wanted, url }: Job, resumed: boolean): Promise<void> {
  await part.restart(undefined);
  if (resumed) return;
  throw checksumMismatch(sums, wanted, publicUrl(url));
}

function webAddress(given: string | URL): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new OptionError("VOXRX_BAD_OPTION", `url is ${JSON.stringify(String(given))}, which is no web address`, {
    operator: "downloadFile",
    remedy: "Give an address that begins with https:// or http://.",
  });
}
