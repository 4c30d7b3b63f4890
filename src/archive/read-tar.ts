/** Reads tar archives, plain or gzipped, as a stream: memory does not grow with the archive. */
import { once } from "node:events";
import type { ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { addAbortSignal, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { ArchiveError } from "../errors.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { emptyTarBytes } from "./archive-kind.ts";
import { EscapedNames, nameOfBytes } from "./entry-bytes.ts";
import type { ArchiveEntry, EntryKind, Staging } from "./staging.ts";
import { badTar, parsePax, parseTarHeader, paxSize, type TarHeader, tarBlock, upToNul } from "./tar-header.ts";

const chunkBytes = 2 ** 20;
/** Largest extended header or long name, and all of them before one entry together. */
const maxHeaderBytes = 4 * 2 ** 20;

/** An archive to read, with a progress callback. */
export interface ReadArchive {
  readonly archive: string;
  readonly signal: AbortSignal | undefined;
  /** Called with the number of bytes read from the archive so far. */
  readonly onRead: (bytes: number) => void;
}

/** One entry of a tar, as the reader reaches it. What is not read of its content is skipped. */
export interface TarEntry extends ArchiveEntry {
  /** Position of its content in the tar, in bytes. */
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Passes every entry of a tar to the staging directory. */
export async function readTar(task: ReadArchive, isGzipped: boolean, staging: Staging): Promise<void> {
  const source = (await whenFileFree(() => open(task.archive), task.signal)).createReadStream({
    highWaterMark: chunkBytes,
  });
  if (task.signal) addAbortSignal(task.signal, source);
  try {
    for await (const entry of entriesOf(isGzipped ? unzipped(source) : source)) {
      const admitted = await staging.admit(entry);
      if (admitted) await staging.write(admitted, entry.content);
      task.onRead(source.bytesRead);
    }
    task.onRead(source.bytesRead);
  } finally {
    source.destroy();
    // Node reports an early close as an error; the original error, if any, is more useful.
    if (!source.closed) await once(source, "close").catch(() => {});
  }
}

function unzipped(source: ReadStream): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  return pipeline(source, gunzip, () => {}); // an error of either surfaces when gunzip is read
}

/**
 * The entries of a tar, read on demand: no more bytes are read than the current entry needs. Leaving the loop stops
 * reading `bytes`. Names that are not UTF-8 are escaped, see {@link nameOfBytes}.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` for bytes that are not a complete tar
 */
export async function* entriesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, void> {
  const input = new TarInput(bytes);
  const headers = new HeaderReader(input);
  const names = new EscapedNames();
  try {
    for (let header = await headers.next(); header; header = await headers.next()) {
      const { name: nameBytes, kind, size } = header;
      const [name, bytesOfName] = [nameOfBytes(nameBytes), nameBytes.toString("latin1")];
      names.check(name, bytesOfName);
      const offset = input.position;
      const content = input.content(size);
      yield { name, nameBytes: bytesOfName, kind, size, offset, content };
      await input.skipContent();
    }
    input.checkEnd();
  } finally {
    await input.close();
  }
}

/** An entry's header, with what extended headers say about it. */
interface EntryHeader {
  readonly name: Buffer;
  readonly kind: EntryKind;
  readonly size: number;
}

class HeaderReader {
  readonly #input: TarInput;
  readonly #global = new Map<string, Buffer>();

  constructor(input: TarInput) {
    this.#input = input;
  }

  /** The next entry's header; undefined at the end of the archive. */
  async next(): Promise<EntryHeader | undefined> {
    const own = new Map<string, Buffer>();
    let longName: Buffer | undefined;
    let left = maxHeaderBytes;
    const dataOf = async ({ size }: TarHeader): Promise<Buffer> => {
      left -= size;
      if (left < 0) throw badTar(`the extended headers of an entry have more than ${maxHeaderBytes} bytes`);
      return this.#input.take(size);
    };
    for (;;) {
      const block = await this.#input.nextBlock();
      if (!block) {
        if (own.size > 0 || longName !== undefined) throw badTar("it ends after an extended header");
        return undefined;
      }
      const header = parseTarHeader(block);
      if (header.flag === "L") longName = upToNul(await dataOf(header));
      else if (header.flag === "K") await dataOf(header);
      else if (header.flag === "g") this.#addGlobal(parsePax(await dataOf(header)));
      else if (header.flag === "x" || header.flag === "X")
        for (const [keyword, value] of parsePax(await dataOf(header))) own.set(keyword, value);
      else return entryHeader(header, new Map([...this.#global, ...own]), longName);
    }
  }

  /** Keeps the records that decide how entries are read; the others, such as comments, could be any number. */
  #addGlobal(records: ReadonlyMap<string, Buffer>): void {
    for (const [keyword, value] of records) {
      if (keyword === "path" || keyword === "size") this.#global.set(keyword, value);
      else if (keyword.startsWith("GNU.sparse.")) this.#global.set("GNU.sparse.", value);
    }
  }
}

function entryHeader(header: TarHeader, pax: ReadonlyMap<string, Buffer>, longName: Buffer | undefined): EntryHeader {
  const path = pax.get("path");
  const name = path !== undefined && path.length > 0 ? path : (longName ?? header.name);
  const size = paxSize(pax) ?? header.size;
  // V7 has no flag for directories.
  const isDirectory = header.flag === "5" || (header.flag === "0" && name.at(-1) === slash);
  const kind = isDirectory ? "directory" : kindOf(header.flag, pax);
  return { name, kind, size: hasData(kind, header.flag) ? size : 0 };
}

const slash = "/".charCodeAt(0);

function kindOf(flag: string, pax: ReadonlyMap<string, Buffer>): EntryKind {
  // A sparse file in pax format looks like a plain file, but its bytes are a map followed by the data.
  if (flag === "0" || flag === "7")
    return [...pax.keys()].some((key) => key.startsWith("GNU.sparse.")) ? "unknown" : "file";
  if (flag === "1" || flag === "2") return "link";
  return flag === "3" || flag === "4" || flag === "6" ? "special" : "unknown";
}

/** Directories, symbolic links and devices have no data, whatever their size field holds (POSIX.1-2001, ustar). */
function hasData(kind: EntryKind, flag: string): boolean {
  return kind === "file" || kind === "unknown" || flag === "1";
}

/** The bytes of a tar: blocks, and the content of the current entry. Keeps track of the end marker. */
class TarInput {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes of the current entry that have not been read yet, and the padding after them. */
  #left = 0;
  #padding = 0;
  #taken = 0;
  #entriesEnd = 0;
  /** Whether the last block that was read is zeros. */
  #hasEndMarker = false;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** Number of bytes taken so far. */
  get position(): number {
    return this.#taken;
  }

  /** The next block that is not zeros; undefined at the end. */
  async nextBlock(): Promise<Buffer | undefined> {
    for (;;) {
      const block = await this.#upTo(tarBlock);
      if (block.length === 0) return undefined;
      if (block.length < tarBlock) throw badTar("it ends within a header");
      this.#hasEndMarker = block.every((byte) => byte === 0);
      if (!this.#hasEndMarker) return block;
    }
  }

  /** The data of an extended header. */
  async take(size: number): Promise<Buffer> {
    const data = await this.#upTo(size);
    if (data.length < size) throw badTar("it ends within a header");
    await this.#skip(paddingOf(size));
    return data;
  }

  /** Starts an entry and returns its content, which can be read until the next entry starts. */
  content(size: number): AsyncGenerator<Uint8Array> {
    this.#left = size;
    this.#padding = paddingOf(size);
    this.#entriesEnd = this.#taken + size + this.#padding;
    return this.#content(this.#entriesEnd);
  }

  async *#content(end: number): AsyncGenerator<Uint8Array> {
    while (this.#entriesEnd === end && this.#left > 0) yield await this.#part();
  }

  /** Skips what has not been read of the current entry. */
  async skipContent(): Promise<void> {
    while (this.#left > 0) await this.#part();
    await this.#skip(this.#padding);
    this.#padding = 0;
  }

  /**
   * Without an end marker, an archive truncated exactly between two entries looks like a shorter archive. POSIX requires
   * two zero blocks; some writers write one.
   */
  checkEnd(): void {
    if (this.#entriesEnd === 0 && this.#taken > emptyTarBytes) {
      throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive contains only zeros", { remedy: "Download it again." });
    }
    if (this.#hasEndMarker) return;
    throw new ArchiveError("VOXRX_BAD_ARCHIVE", "the archive has no end marker: it was truncated between two entries", {
      remedy: "Download it again.",
    });
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #part(): Promise<Uint8Array> {
    const part = await this.#next(this.#left);
    if (part.length === 0) throw badTar("it ends within an entry");
    this.#left -= part.length;
    return part;
  }

  async #skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const part = await this.#next(left);
      if (part.length === 0) throw badTar("it ends within an entry");
      left -= part.length;
    }
  }

  /** A copy of the next bytes; fewer at the end. */
  async #upTo(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let left = count; left > 0; ) {
      const part = await this.#next(left);
      if (part.length === 0) break;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** At most `count` of the next bytes; empty at the end. */
  async #next(count: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return this.#rest;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(part.length);
    this.#taken += part.length;
    return part;
  }
}

function paddingOf(size: number): number {
  return Math.ceil(size / tarBlock) * tarBlock - size;
}
