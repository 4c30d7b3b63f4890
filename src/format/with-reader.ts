/** Reads everything of an image through one open file, or from memory. */
import { type ByteReader, openReader, readerOver } from "../files/byte-reader.ts";
import { bytesInMemory } from "../files/byte-source.ts";
import type { ResultMemory } from "../memory/result-memory.ts";
import type { DecodeContext, ReadContext } from "./format.ts";
import { separateFiles } from "./format-faults.ts";

/** A reader at the first byte of an image. The code that opened it closes it. */
interface Opened {
  readonly opened?: ByteReader;
  /** Where the samples of the result are put. Undefined: in memory of their own. */
  readonly memory?: ResultMemory | undefined;
}

/** Context of built-in formats for reading: the requested file may be open already, for detecting the format. */
export interface ImageContext extends ReadContext, Opened {
  /** Whether `noteFile` does anything. Undefined: unknown. */
  readonly isNoted?: boolean;
}

/** Context of built-in formats for decoding: the same for bytes in memory. */
export interface BytesContext extends DecodeContext, Opened {}

/** Reads a file with its open reader, or with a new one that is always closed. */
export async function withReader<T>(
  path: string,
  { signal, opened }: Pick<ImageContext, "signal" | "opened">,
  use: (reader: ByteReader) => Promise<T>,
): Promise<T> {
  return opened?.path === path ? use(opened) : closing(await openReader(path, signal), use);
}

/** {@link withReader} for bytes in memory. */
export async function withReaderOver<T>(
  bytes: Uint8Array,
  { name, signal, opened }: BytesContext,
  use: (reader: ByteReader) => Promise<T>,
): Promise<T> {
  return opened ? use(opened) : closing(await readerOver(bytesInMemory(bytes, name), signal), use);
}

/**
 * Decodes bytes in memory with a function that reads files: the name is used as the path, and reading other files is an
 * error.
 */
export async function decodeAsFile<T>(
  bytes: Uint8Array,
  context: BytesContext,
  read: (path: string, context: ImageContext) => Promise<T>,
): Promise<T> {
  const { name, dtype, signal, memory } = context;
  const noteFile = async () => Promise.reject(separateFiles(name));
  return withReaderOver(bytes, context, (opened) => read(name, { dtype, signal, memory, opened, noteFile }));
}

/** Opens all files before reading any: their sizes are then known before memory is allocated. */
export async function withReaders<T>(
  paths: readonly string[],
  signal: AbortSignal | undefined,
  use: (readers: readonly ByteReader[]) => Promise<T>,
): Promise<T> {
  const readers: ByteReader[] = [];
  try {
    for (const path of paths) readers.push(await openReader(path, signal));
    return await use(readers);
  } finally {
    for (const reader of readers) await reader.close();
  }
}

/** Calls `use` with a resource, then always closes it. */
export async function closing<R extends { close(): Promise<void> }, T>(
  resource: R,
  use: (resource: R) => Promise<T>,
): Promise<T> {
  try {
    return await use(resource);
  } finally {
    await resource.close();
  }
}
