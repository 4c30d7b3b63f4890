/** Sequential reading of files; gzip is inflated transparently. */
import { FormatError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { badCompression, inflate, isGzip, largestRatio } from "./gunzip.ts";
import { ImageFile } from "./image-file.ts";

const chunkBytes = 2 ** 20;
const beginningBytes = 2 ** 12;
/** Largest piece of a compressed file held in memory at once. */
const mostCompressed = 2 ** 24;

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
      const chunks = inflate(growingPieces(source, beginning), { path, signal, size });
      return new ByteReader(source, size * largestRatio, chunks);
    }
    if (!path.toLowerCase().endsWith(".gz")) return new ByteReader(source, size, plainChunks(source, beginning));
    throw badCompression("the file is named .gz but is not gzip", path);
  } catch (error) {
    await source.close();
    throw error;
  }
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
  readonly #chunks: AsyncGenerator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes already peeked at, which come before the rest. */
  #peeked: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(source: ByteSource, limit: number, chunks: AsyncGenerator<Uint8Array>) {
    this.path = source.path;
    this.limit = limit;
    this.source = source;
    this.#chunks = chunks;
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
   * Passes the next `count` bytes to `use`, in parts that are valid (and can be modified) until `use` returns. Returns
   * the number of bytes passed, less than `count` at the end of the file.
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
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await source.read(bytes, position));
}
