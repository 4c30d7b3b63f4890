/** Files out of a tar that is streamed from a path or an address: one pass, nothing on disk, one file in memory. */
import { once } from "node:events";
import { createGunzip } from "node:zlib";
import { formatBytes } from "../bytes.ts";
import { ArchiveError, isVoxRxError } from "../errors.ts";
import { type Checksums, checksumMismatch, Digests, satisfies } from "../http/checksum.ts";
import { isUrl, readSource } from "../http/read-source.ts";
import { addressOf, publicUrl } from "../http/request.ts";
import { kindOfHead } from "./archive-kind.ts";
import { entryName, isMacExtra } from "./entry-name.ts";
import { entriesOf, type TarEntry } from "./read-tar.ts";
import { contradiction, refuseKind } from "./staging.ts";

const chunkBytes = 2 ** 18;
const headBytes = 512;
/** What is announced is believed up to here; beyond, memory grows with what comes. */
const trustedBytes = 64 * 2 ** 20;

/** How {@link tarFiles} is told. */
export interface TarFilesOptions extends Checksums {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether a file is wanted, by its name. The others are passed over. */
  readonly filter?: ((name: string) => boolean) | undefined;
  /** Bytes that one wanted file may have. */
  readonly maxEntryBytes: number;
}

/** One file of an archive. */
export interface ArchivedFile {
  /** Name in the archive, `/` between folders. */
  readonly name: string;
  /** Its content. Yours to keep. */
  readonly bytes: Uint8Array;
  /** Its length in bytes. */
  readonly size: number;
  /** Path of the archive, or its address without user, password and query. */
  readonly source: string;
}

/** A path or address as it may be shown: an address without user, password and query. */
export function publicSource(source: string): string {
  return isUrl(source) ? publicUrl(addressOf(source)) : source;
}

/**
 * The files of a tar or tar.gz, one after another. Folders and what macOS adds are left out, links and hostile names refused. At the end it is
 * checked that the archive has one, and that its checksums are the wanted ones.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`, `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH`
 * @throws FormatError, DownloadError as {@link readSource}
 */
export async function* tarFiles(source: string, options: TarFilesOptions): AsyncGenerator<ArchivedFile, void, void> {
  const { signal, headers, md5, sha256 } = options;
  // Whoever leaves in the middle, by an error too, is not to wait for bytes that nobody will read.
  const left = new AbortController();
  const reading = { signal: AbortSignal.any([signal, left.signal]), headers };
  const file = publicSource(source);
  const digests = md5 || sha256 ? new Digests(md5 !== undefined) : undefined;
  try {
    const stream = digested(readSource(source, reading), digests);
    for await (const entry of entriesOf(unpackedBytes(stream, file))) {
      let isPassed = false;
      try {
        const name = nameOf(entry, options.filter);
        if (name === undefined) entry.skip();
        else yield await fileOf(entry, name, options.maxEntryBytes, file);
        isPassed = true;
      } finally {
        if (!isPassed) left.abort();
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

/** The bytes of the tar itself; gzip is told by its content. Zip keeps its list at the end and cannot be streamed. */
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
      throw new ArchiveError("VOXRX_BAD_ARCHIVE", "this is a zip, which cannot be streamed: its list is at its end", {
        file,
        remedy: "Download and extract it: download(), extract().",
      });
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

/** Inflates as fast as the chunks are taken. All of `compressed` is read, also what follows the end of the gzip: it belongs to the checksum. */
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
  feeding.catch(() => {}); // awaited below, but it may fail before that
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

/** The name of a file that is wanted. */
function nameOf(entry: TarEntry, filter: ((name: string) => boolean) | undefined): string | undefined {
  const name = entryName(entry.name);
  if (name === "" || isMacExtra(name) || entry.kind === "directory") return undefined;
  if (filter?.(name) === false) return undefined;
  refuseKind(entry);
  return name;
}

// The generator has no variable that holds the file: it would keep it in memory until the next one is there.
async function fileOf(entry: TarEntry, name: string, most: number, source: string): Promise<ArchivedFile> {
  const bytes = await contentOf(entry, name, most);
  return { name, bytes, size: bytes.length, source };
}

async function contentOf({ content, size }: TarEntry, name: string, most: number): Promise<Uint8Array> {
  if (size > most) {
    throw new ArchiveError("VOXRX_ARCHIVE_LIMIT", `the entry ${JSON.stringify(name.slice(0, 200))} has ${size} bytes`, {
      remedy: `At most ${formatBytes(most)} are read into memory: raise the limit (maxEntryBytes, maxSampleBytes), or leave it out with the filter of tarEntries.`,
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

/** What the libraries throw means that the archive is damaged. */
function damaged(cause: unknown, file: string): ArchiveError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive is damaged or cut off: ${said}`, {
    file,
    cause,
    remedy: "Fetch it again, and give its checksum if one is published.",
  });
}
