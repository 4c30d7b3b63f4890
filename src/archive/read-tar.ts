/** Reads tar archives, plain or gzipped, as a stream: memory does not grow with the archive. */
import { once } from "node:events";
import { createReadStream, type ReadStream } from "node:fs";
import { addAbortSignal, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Extract, Header } from "tar-stream";
import { ArchiveError } from "../errors.ts";
import { emptyTarBytes } from "./archive-kind.ts";
import type { ArchiveEntry, EntryKind, Staging } from "./staging.ts";

const block = 512;
const chunkBytes = 2 ** 20;

/** An archive to read, with a progress callback. */
export interface ReadArchive {
  readonly archive: string;
  readonly signal: AbortSignal | undefined;
  /** Called with the number of bytes read from the archive so far. */
  readonly onRead: (bytes: number) => void;
}

/**
 * One entry of a tar, as the parser reaches it. Its content must be read or skipped before the next entry is requested.
 */
export interface TarEntry extends ArchiveEntry {
  readonly content: AsyncIterable<Uint8Array>;
  skip(): void;
}

/** Passes every entry of a tar to the staging directory. */
export async function readTar(task: ReadArchive, isGzipped: boolean, staging: Staging): Promise<void> {
  const source = createReadStream(task.archive, { highWaterMark: chunkBytes });
  if (task.signal) addAbortSignal(task.signal, source);
  try {
    for await (const entry of entriesOf(isGzipped ? unzipped(source) : source)) {
      const admitted = await staging.admit(entry);
      if (admitted) await staging.write(admitted, entry.content);
      else entry.skip();
      task.onRead(source.bytesRead);
    }
    task.onRead(source.bytesRead);
  } finally {
    source.destroy();
    // Node reports an early close as an error; the original error, if any, is more useful.
    if (!source.closed) await once(source, "close").catch(() => {});
  }
}

/**
 * The entries of a tar, read on demand: no more bytes are read than the current entry needs. Leaving the loop stops
 * reading `bytes`.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` if the bytes end between two entries; the parser's error for bytes that are
 * not a tar
 */
export async function* entriesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, void> {
  const { extract } = await import("tar-stream");
  const unpacked = extract();
  const end = new TarEnd();
  const fed = feed(end.watch(bytes), unpacked);
  fed.catch(() => {}); // awaited below, but it may fail before that
  try {
    for await (const entry of unpacked) {
      const { header } = entry;
      const skip = () => void entry.resume();
      yield { name: header.name, kind: kindOf(header), size: header.size, content: bytesOf(entry), skip };
      end.passed(header);
    }
    await fed;
    end.check();
  } finally {
    unpacked.destroy();
    await fed.catch(() => {});
  }
}

function unzipped(source: ReadStream): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  return pipeline(source, gunzip, () => {}); // an error of either surfaces when gunzip is read
}

/** Writes bytes to the parser as fast as it accepts them. An error of their source becomes an error of the parser. */
async function feed(bytes: AsyncIterable<Uint8Array>, unpacked: Extract): Promise<void> {
  let wake = () => {};
  unpacked.on("drain", () => wake());
  unpacked.on("close", () => wake());
  try {
    for await (const chunk of bytes) {
      const ready = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (unpacked.destroying) return;
      if (!unpacked.write(chunk)) await ready;
    }
    unpacked.end(null);
  } catch (error) {
    unpacked.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function* bytesOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("tar-stream yielded something other than bytes");
    yield chunk;
  }
}

/**
 * Checks the end marker of a tar: without it, an archive truncated exactly between two entries looks like a shorter
 * archive.
 */
class TarEnd {
  #total = 0;
  #last: Buffer = Buffer.alloc(0);
  #entriesEnd = 0;

  async *watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.#total += chunk.length;
      this.#last = Buffer.concat([this.#last, chunk.subarray(-block)]).subarray(-block);
      yield chunk;
    }
  }

  passed(header: Header): void {
    const start: unknown = Reflect.get(header, "byteOffset");
    if (typeof start !== "number") throw new TypeError("tar-stream did not report byteOffset");
    const size = header.type === "directory" ? 0 : header.size;
    this.#entriesEnd = start + Math.ceil(size / block) * block;
  }

  /**
   * POSIX requires two zero blocks; some writers write one. The zeros must come after the last entry, not be part of
   * it.
   */
  check(): void {
    if (this.#entriesEnd === 0 && this.#total > emptyTarBytes) {
      throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive contains only zeros", { remedy: "Download it again." });
    }
    const isZero = this.#last.length === block && this.#last.every((byte) => byte === 0);
    if (isZero && this.#total - this.#entriesEnd >= block) return;
    throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive has no end marker: it was truncated between two entries", {
      remedy: "Download it again.",
    });
  }
}

function kindOf(header: Header): EntryKind {
  switch (header.type) {
    case "file":
    case "contiguous-file":
      return isSparse(header.pax) ? "unknown" : "file";
    case "directory":
      return "directory";
    case "link":
    case "symlink":
      return "link";
    case "character-device":
    case "block-device":
    case "fifo":
      return "special";
    default:
      return "unknown"; // the parser returns null for unknown types
  }
}

/**
 * A sparse file in pax format looks like a plain file, but its bytes are a map followed by the data, not the content.
 */
function isSparse(pax: unknown): boolean {
  return typeof pax === "object" && pax !== null && Object.keys(pax).some((key) => key.startsWith("GNU.sparse."));
}
