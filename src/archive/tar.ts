/** Reads tar archives, plain or gzipped, as a stream: memory does not grow with the archive. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Headers } from "tar-stream";
import { ArchiveError } from "../errors.ts";
import type { EntryKind, Staging } from "./staging.ts";

const block = 512;
const chunkBytes = 2 ** 20;

/** What the readers of archives are told. */
export interface ReadArchive {
  readonly archive: string;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes of the archive read so far. */
  readonly onRead: (bytes: number) => void;
}

/** Hands every entry of a tar to the staging folder. */
export async function readTar({ archive, signal, onRead }: ReadArchive, isGzipped: boolean, staging: Staging) {
  const source = createReadStream(archive, { highWaterMark: chunkBytes });
  const unpacked = extract();
  const end = new TarEnd();
  const stages = isGzipped ? [source, createGunzip({ chunkSize: chunkBytes })] : [source];
  const flow = pipeline(
    [...stages, (bytes: AsyncIterable<Buffer>) => end.watch(bytes), unpacked],
    signal ? { signal } : {},
  );
  flow.catch(() => {}); // awaited below, but it may fail before that
  try {
    for await (const entry of unpacked) {
      const { header } = entry;
      markSparse(header);
      const admitted = await staging.admit({ name: header.name, kind: kindOf(header), size: header.size ?? 0 });
      if (admitted) await staging.write(admitted, entry);
      else entry.resume();
      end.passed(header);
      onRead(source.bytesRead);
    }
    await flow;
    onRead(source.bytesRead);
    end.check();
  } finally {
    source.destroy();
    if (!source.closed) await once(source, "close");
  }
}

/** Sees to it that a tar has its end: one that was cut exactly between two entries looks like a shorter archive otherwise. */
class TarEnd {
  #total = 0;
  #last: Buffer = Buffer.alloc(0);
  #entriesEnd = 0;

  async *watch(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      this.#total += chunk.length;
      this.#last = Buffer.concat([this.#last, chunk.subarray(-block)]).subarray(-block);
      yield chunk;
    }
  }

  passed(header: Headers): void {
    const start: unknown = Reflect.get(header, "byteOffset");
    if (typeof start !== "number") throw new TypeError("tar-stream gave no byteOffset");
    const size = header.type === "directory" ? 0 : (header.size ?? 0);
    this.#entriesEnd = start + Math.ceil(size / block) * block;
  }

  /** POSIX asks for two zero blocks; some writers leave one. The zeros must lie behind the last entry, not in it. */
  check(): void {
    const isZero = this.#last.length === block && this.#last.every((byte) => byte === 0);
    if (isZero && this.#total - this.#entriesEnd >= block) return;
    throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive has no end: it was cut off between two entries", {
      remedy: "Download it again.",
    });
  }
}

function kindOf({ type }: Headers): EntryKind {
  switch (type) {
    case "file":
    case "contiguous-file":
      return "file";
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
      return "unknown";
  }
}

/** A sparse file in pax form comes as a plain file whose bytes are a map and its data: never to be taken for the file. */
function markSparse(header: Headers): void {
  const pax: unknown = Reflect.get(header, "pax");
  if (typeof pax !== "object" || pax === null) return;
  if (Object.keys(pax).some((key) => key.startsWith("GNU.sparse."))) header.type = null;
}
