/** Reading a file from its first byte to its last, plain or gzip alike. */
import { FormatError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { badCompression, inflate, isGzip, largestRatio } from "./gunzip.ts";
import { ImageFile } from "./image-file.ts";

const chunkBytes = 2 ** 20;
const beginningBytes = 2 ** 12;

/** How {@link openReader} is told. */
export interface ReaderOptions {
  readonly signal: AbortSignal | undefined;
  /** Whether only the first bytes will be wanted: of a compressed file no more is read then than they need. Default false. */
  readonly beginningOnly?: boolean;
}

/** Opens a file; gzip is told by its content. A name that ends in `.gz` must not promise what the content is not. */
export async function openReader(path: string, options: ReaderOptions): Promise<ByteReader> {
  return readerOver(await ImageFile.open(path, options.signal), options);
}

/** {@link openReader} over bytes wherever they are. The reader closes the source. */
export async function readerOver(file: ByteSource, options: ReaderOptions): Promise<ByteReader> {
  const { path } = file;
  try {
    options.signal?.throwIfAborted();
    const first = new Uint8Array(Math.min(beginningBytes, file.size));
    await file.read(first, 0);
    if (isGzip(first)) return new ByteReader(file, file.size * largestRatio, gzipChunks(file, options));
    if (!path.toLowerCase().endsWith(".gz")) return new ByteReader(file, file.size, plainChunks(file, options));
    throw badCompression("the file is named .gz but is not gzip", path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a file, taken one stretch after the other. */
export class ByteReader {
  readonly path: string;
  /** No more bytes than this can come: the file's size, or what its compressed bytes could inflate to at most. */
  readonly limit: number;
  readonly #file: ByteSource;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(file: ByteSource, limit: number, chunks: AsyncGenerator<Uint8Array>) {
    this.path = file.path;
    this.limit = limit;
    this.#file = file;
    this.#chunks = chunks;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** Whether the file is gzip as a whole: what is taken was inflated already. */
  get isInflated(): boolean {
    return this.limit !== this.#file.size;
  }

  /** The next `count` bytes, as a copy; fewer where the file ends. Memory grows with what comes, not with `count`. */
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

  /** Hands the next `count` bytes on, in parts that are valid (and may be changed) until `use` returns; gives how many came. */
  async pass(count: number, use: (part: Uint8Array) => void): Promise<number> {
    let passed = 0;
    while (passed < count) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) break;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, count - passed);
      this.#rest = this.#rest.subarray(part.length);
      passed += part.length;
      this.#position += part.length;
      use(part);
    }
    return passed;
  }

  /**
   * Reads a compressed file to its end, so that the checksum there is checked. More than `most` bytes are refused: what was
   * announced and what is there differ too much to be trusted, and inflating a forged file could take for ever.
   */
  async drain(most: number): Promise<void> {
    if (!this.isInflated) return; // Nothing to be checked.
    const drained = await this.pass(most + 1, () => {});
    if (drained <= most) return;
    throw new FormatError("VOXRX_BAD_HEADER", `more than ${most} bytes follow the samples that the header announces`, {
      file: this.path,
      remedy: "The dimensions in the header are wrong: write the file anew.",
    });
  }

  /** Ends reading wherever it is and closes the file. */
  async close(): Promise<void> {
    await this.#chunks.return(undefined);
    await this.#file.close();
  }
}

async function* plainChunks(file: ByteSource, { beginningOnly = false }: ReaderOptions): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(beginningOnly ? beginningBytes : chunkBytes, file.size));
  for (let position = 0; ; ) {
    const length = await file.read(buffer, position);
    if (length === 0) return;
    position += length;
    yield buffer.subarray(0, length);
  }
}

async function* gzipChunks(file: ByteSource, options: ReaderOptions): AsyncGenerator<Uint8Array> {
  const { signal, beginningOnly = false } = options;
  if (!beginningOnly) {
    yield* inflate(await readFirst(file, file.size), { path: file.path, signal, partial: false });
    return;
  }
  // Inflated anew from a longer beginning each time, skipping what was had: a header rarely needs a second round.
  let had = 0;
  for (let size = beginningBytes; ; size *= 8) {
    const partial = size < file.size;
    let at = 0;
    for await (const chunk of inflate(await readFirst(file, Math.min(size, file.size)), {
      path: file.path,
      signal,
      partial,
    })) {
      const fresh = chunk.subarray(Math.max(0, had - at));
      at += chunk.length;
      if (fresh.length > 0) yield fresh;
    }
    had = at;
    if (!partial) return;
  }
}

async function readFirst(file: ByteSource, length: number): Promise<Uint8Array> {
  if (file.bytes) return file.bytes.subarray(0, length);
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await file.read(bytes, 0));
}
