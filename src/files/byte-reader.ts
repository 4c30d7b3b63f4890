/** Sequential reading of files; gzip is inflated transparently. */
import { FormatError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { badCompression, gunzip, isGzip, largestRatio } from "./gunzip.ts";
import { ImageFile } from "./image-file.ts";
import { type Expected, inflate, leastAtOnce } from "./inflate.ts";

const chunkBytes = 2 ** 20;
const beginningBytes = 2 ** 12;
/** Largest piece of a compressed file held in memory at once, if the file is inflated piece by piece. */
const mostCompressed = 2 ** 24;
/** Largest compressed file that is held in memory, to inflate it at once. */
const mostHeld = 2 ** 27;
/** Largest number of bytes that are inflated at once. zlib counts its output in 32 bits. */
const mostAtOnce = 2 ** 30;

/** Opens a file; gzip is detected from its content. Throws if the name ends in `.gz` but the content is not gzip. */
export async function openReader(path: string, signal: AbortSignal | undefined): Promise<ByteReader> {
  return readerOver(await ImageFile.open(path, signal), signal);
}

/** {@link openReader} for any byte source. The reader closes the source. */
export async function readerOver(source: ByteSource, signal: AbortSignal | undefined): Promise<ByteReader> {
  const { path, size } = source;
  try {
    signal?.throwIfAborted();
    const first = new Uint8Array(Math.min(beginningBytes, size));
    const beginning = first.subarray(0, await source.read(first, 0));
    if (isGzip(beginning)) {
      const chunkSize = Math.min(chunkBytes, Math.max(2 ** 14, 8 * size));
      const chunks = gunzip(growingPieces(source, beginning), { path, signal, chunkSize });
      return new ByteReader(source, size * largestRatio, chunks, async function* (expected) {
        yield* inflate(await readPiece(source, 0, size), { packing: "gzip", path, signal, expected });
      });
    }
    if (!path.toLowerCase().endsWith(".gz")) return new ByteReader(source, size, plainChunks(source, beginning));
    throw badCompression("the file is named .gz but is not gzip", path);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** How bytes that are expected are best given. */
export interface Giving extends Pick<Expected, "keeps"> {
  /** Makes memory for them with `before` bytes before them. */
  roomFor(before: number): Uint8Array;
}

/**
 * Reads the bytes of a file in order. No more of the file is read and inflated than requested.
 */
export class ByteReader {
  readonly path: string;
  /** Upper limit of the bytes available: the file size, or the most that its compressed bytes can inflate to. */
  readonly limit: number;
  /** The source of the stored bytes; the reader closes it. */
  readonly source: ByteSource;
  #chunks: AsyncGenerator<Uint8Array>;
  readonly #inflateAll: ((expected: Expected) => AsyncGenerator<Uint8Array>) | undefined;
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes already peeked at, which come before the rest. */
  #peeked: Uint8Array = new Uint8Array(0);
  #position = 0;

  /** @param inflateAll inflates a compressed file from its start, all at once */
  constructor(
    source: ByteSource,
    limit: number,
    chunks: AsyncGenerator<Uint8Array>,
    inflateAll?: (expected: Expected) => AsyncGenerator<Uint8Array>,
  ) {
    this.path = source.path;
    this.limit = limit;
    this.source = source;
    this.#chunks = chunks;
    this.#inflateAll = inflateAll;
  }

  /** Number of bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** Whether the whole file is gzip, so that bytes are inflated before they are returned. */
  get isInflated(): boolean {
    return this.limit !== this.source.size;
  }

  /**
   * Announces that `count` bytes will be passed. A compressed file is then inflated from its start once more, all at
   * once, which takes less time unless it is small.
   */
  async expect(count: number, { keeps, roomFor }: Giving): Promise<void> {
    const before = this.#position;
    const bytes = before + count;
    if (!this.#inflateAll || count < leastAtOnce || bytes > mostAtOnce || this.source.size > mostHeld) return;
    await this.#chunks.return(undefined);
    this.#chunks = this.#inflateAll({ bytes, keeps, room: () => roomFor(before) });
    [this.#rest, this.#peeked] = [new Uint8Array(0), new Uint8Array(0)];
    this.#position = 0;
    await this.pass(before, () => {});
  }

  /**
   * The next `count` bytes, as a copy; fewer at the end of the file. Memory grows with the bytes available, not with
   * `count`.
   */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    const length = await this.pass(count, (part) => parts.push(part.slice()));
    const taken = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      taken.set(part, at);
      at += part.length;
    }
    return taken;
  }

  /** {@link take} without advancing the position. */
  async peek(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.take(count);
    const later = this.#peeked;
    this.#peeked = new Uint8Array(bytes.length + later.length);
    this.#peeked.set(bytes);
    this.#peeked.set(later, bytes.length);
    this.#position -= bytes.length;
    return bytes;
  }

  /**
   * Passes the next `count` bytes to `use`, in parts that are valid (and can be modified) until `use` returns; those of
   * a compressed file also after that. Returns the number of bytes passed, less than `count` at the end of the file.
   */
  async pass(count: number, use: (part: Uint8Array) => void): Promise<number> {
    let passed = 0;
    while (passed < count) {
      const part = (await this.#next()).subarray(0, count - passed);
      if (part.length === 0) break;
      if (this.#peeked.length > 0) this.#peeked = this.#peeked.subarray(part.length);
      else this.#rest = this.#rest.subarray(part.length);
      passed += part.length;
      this.#position += part.length;
      use(part);
    }
    return passed;
  }

  /** All buffered bytes, else the next chunk; empty at the end. */
  async #next(): Promise<Uint8Array> {
    if (this.#peeked.length > 0) return this.#peeked;
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) break;
      this.#rest = next.value;
    }
    return this.#rest;
  }

  /**
   * Reads a compressed file to its end, so that its checksum is verified. Throws if more than `most` bytes follow: the
   * header is then wrong, and inflating a malicious file could take forever.
   */
  async drain(most: number): Promise<void> {
    if (!this.isInflated) return;
    const drained = await this.pass(most + 1, () => {});
    if (drained <= most) return;
    throw new FormatError("VOXRX_BAD_HEADER", `more than ${most} bytes follow the samples announced in the header`, {
      file: this.path,
      remedy: "The dimensions in the header are wrong: write the file again.",
    });
  }

  /** Stops reading and closes the file. */
  async close(): Promise<void> {
    await this.#chunks.return(undefined);
    await this.source.close();
  }
}

async function* plainChunks(source: ByteSource, beginning: Uint8Array): AsyncGenerator<Uint8Array> {
  let position = beginning.length;
  yield beginning;
  const buffer = new Uint8Array(Math.min(chunkBytes, source.size - position));
  while (position < source.size) {
    const length = await source.read(buffer, position);
    if (length === 0) return;
    position += length;
    yield buffer.subarray(0, length);
  }
}

/** A compressed file in pieces of growing size: for a header, the first ones are usually enough. */
async function* growingPieces(source: ByteSource, beginning: Uint8Array): AsyncGenerator<Uint8Array> {
  let position = beginning.length;
  yield beginning;
  for (let length = 8 * beginningBytes; position < source.size; length = Math.min(8 * length, mostCompressed)) {
    const piece = await readPiece(source, position, Math.min(length, source.size - position));
    if (piece.length === 0) return;
    position += piece.length;
    yield piece;
  }
}

async function readPiece(source: ByteSource, position: number, length: number): Promise<Uint8Array> {
  if (source.bytes) return source.bytes.subarray(position, position + length);
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, await source.read(bytes, position));
}
