/** Files of a tar streamed from a path or URL: one pass, nothing on disk, one file in memory. */

import { once } from "node:events";
import { createGunzip } from "node:zlib";
import { formatBytes } from "../bytes.ts";
import { ArchiveError, isVoxRxError, messageOf } from "../errors.ts";
import { type Checksums, checksumMismatch, Digests, satisfies } from "../http/checksum.ts";
import { readSource } from "../http/read-source.ts";
import { shownUrl } from "../shown-url.ts";
import { kindOfHead } from "./archive-kind.ts";
import { contradiction } from "./contradiction.ts";
import { entryName, isMacExtra } from "./entry-name.ts";
import { entriesOf, type TarEntry } from "./read-tar.ts";
import { refuseKind } from "./staging.ts";

const chunkBytes = 2 ** 18;
const headBytes = 512;
/** Up to this size, memory is allocated as announced; beyond, it grows with the bytes received. */
const trustedBytes = 64 * 2 ** 20;

/** Options of {@link tarFiles}. */
export interface TarFilesOptions extends Checksums {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Selects files by name. The others are skipped. */
  readonly filter?: ((name: string) => boolean) | undefined;
  /** Largest selected file allowed, in bytes. */
  readonly maxItemBytes: number;
}

/** One file of an archive. */
export interface ArchivedFile {
  /** Name in the archive, `/` between directories. */
  readonly name: string;
  /** Its content. You own the array. */
  readonly bytes: Uint8Array;
  /** Its length in bytes. */
  readonly size: number;
  /** Path of the archive, or its URL without user, password and query. */
  readonly source: string;
}

/**
 * The files of a tar or tar.gz, one after another. Directories and files added by macOS are skipped; links and unsafe
 * names are errors. At the end, the end marker and the checksums of the archive are checked.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`, `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH`
 * @throws FormatError, DownloadError as {@link readSource}
 */
export async function* tarFiles(source: string, options: TarFilesOptions): AsyncGenerator<ArchivedFile, void, void> {
  const { signal, headers, md5, sha256 } = options;
  // A consumer that leaves early, or fails, must not wait for bytes that won't be read.
  const stopped = new AbortController();
  const reading = { signal: AbortSignal.any([signal, stopped.signal]), headers };
  const file = shownUrl(source);
  const digests = md5 || sha256 ? new Digests(md5 !== undefined) : undefined;
  try {
    const stream = digested(readSource(source, reading), digests);
    for await (const entry of entriesOf(unpackedBytes(stream, file))) {
      let isPassed = false;
      try {
        const name = selectedName(entry, options.filter);
        if (name !== undefined) yield await fileOf(entry, name, options.maxItemBytes, file);
        isPassed = true;
      } finally {
        if (!isPassed) stopped.abort();
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw isVoxRxError(error) ? error.locate({ file }) : damaged(error, file);
  }
  const found = digests?.finish();
  if (found && !satisfies(found, { md5, sha256 })) throw checksumMismatch(found, { md5, sha256 }, file);
}

async function* digested(bytes: AsyncIterable<Uint8Array>, digests: Digests | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    digests?.update(chunk);
    yield chunk;
  }
}

/**
 * The bytes of the tar itself; gzip is detected from the content. Zip has its directory at the end and can't be
 * streamed.
 */
async function* unpackedBytes(bytes: AsyncGenerator<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  try {
    const first: Uint8Array[] = [];
    let length = 0;
    while (length < headBytes) {
      const next = await bytes.next();
      if (next.done) break;
      first.push(next.value);
      length += next.value.length;
    }
    const head = Buffer.concat(first);
    const kind = kindOfHead(head.subarray(0, headBytes), Math.min(head.length, headBytes), file);
    if (kind === "zip") {
      throw new ArchiveError(
        "VOXRX_BAD_ARCHIVE",
        "the file is a zip, which cannot be streamed: its directory is at the end",
        {
          file,
          remedy: "Download and extract it with download() and extract().",
        },
      );
    }
    const whole = joined(head, bytes);
    yield* kind === "tar.gz" ? gunzipped(whole) : whole;
  } finally {
    await bytes.return(undefined);
  }
}

async function* joined(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

/**
 * Inflates as fast as the chunks are consumed. Reads `compressed` to its end, past the end of the gzip too: the
 * checksum covers all of it.
 */
async function* gunzipped(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  let isLeft = false;
  const feeding = (async () => {
    try {
      for await (const chunk of compressed) {
        if (isLeft) return;
        if (gunzip.destroyed || gunzip.readableEnded) continue;
        if (!gunzip.write(chunk)) await drained(gunzip);
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  })();
  feeding.catch(() => {}); // awaited below, but may fail earlier
  try {
    for await (const chunk of gunzip) if (chunk instanceof Uint8Array) yield chunk;
    await feeding;
  } finally {
    isLeft = true;
    gunzip.destroy();
  }
}

async function drained(gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const events = ["drain", "close", "end"].map((name) => once(gunzip, name, { signal }).catch(() => {}));
  await Promise.race(events);
  controller.abort();
}

/** The name of a selected file; undefined for other entries. @throws ArchiveError `VOXRX_UNSAFE_ENTRY` */
export function selectedName(entry: TarEntry, filter: ((name: string) => boolean) | undefined): string | undefined {
  const name = entryName(entry.name);
  if (name === "" || isMacExtra(name) || entry.kind === "directory") return undefined;
  if (filter?.(name) === false) return undefined;
  refuseKind(entry);
  return name;
}

// A separate function, so that no variable of the generator keeps the file in memory until the next one is read.
async function fileOf(entry: TarEntry, name: string, most: number, source: string): Promise<ArchivedFile> {
  const bytes = await contentOf(entry, name, most);
  return { name, bytes, size: bytes.length, source };
}

async function contentOf({ content, size }: TarEntry, name: string, most: number): Promise<Uint8Array> {
  if (size > most) {
    throw new ArchiveError("VOXRX_ARCHIVE_LIMIT", `the entry ${JSON.stringify(name.slice(0, 200))} has ${size} bytes`, {
      remedy: `At most ${formatBytes(most)} are read into memory. Raise maxItemBytes, or exclude the file with filter.`,
    });
  }
  let bytes = new Uint8Array(Math.min(size, trustedBytes));
  let length = 0;
  for await (const chunk of content) {
    const needed = length + chunk.length;
    if (needed > size) throw contradiction(name, `is longer than the ${size} bytes announced`);
    if (needed > bytes.length) {
      const grown = new Uint8Array(Math.min(size, Math.max(needed, 2 * bytes.length)));
      grown.set(bytes);
      bytes = grown;
    }
    bytes.set(chunk, length);
    length = needed;
  }
  if (length < size) throw contradiction(name, `ends after ${length} of ${size} bytes`);
  return bytes;
}

/** Errors thrown by the libraries mean that the archive is damaged. */
function damaged(cause: unknown, file: string): ArchiveError {
  const reason = messageOf(cause);
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive is damaged or truncated: ${reason}`, {
    file,
    cause,
    remedy: "Download it again, with its checksum if one is published.",
  });
}
