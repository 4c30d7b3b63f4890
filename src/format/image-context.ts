/** Reading an image alike from a file and from memory. */
import { FormatError } from "../errors.ts";
import { type ByteReader, openReader, readerOver } from "../files/byte-reader.ts";
import { bytesInMemory } from "../files/byte-source.ts";
import type { DecodeContext, ReadContext } from "./format.ts";

/** What a format of ours is told when it reads. */
export interface ImageContext extends ReadContext {
  /** The bytes of the image, where they lie in memory: there is no file then, and no other to be noted. */
  readonly bytes?: Uint8Array;
}

/** A context in which the path that is asked for stands for bytes in memory. */
export function inMemory(bytes: Uint8Array, { name, dtype, signal }: DecodeContext): ImageContext {
  return { dtype, signal, bytes, noteFile: async () => Promise.reject(liesApart(name)) };
}

/** The error for bytes of one file of an image that consists of several. */
export function liesApart(name: string): FormatError {
  return new FormatError(
    "VOXRX_UNKNOWN_FORMAT",
    "header and samples lie in different files, of which these are the bytes of one",
    {
      file: name,
      remedy: "Read the image from disk, or keep it as one file.",
    },
  );
}

/** Opens a file, or the bytes that stand for it; closes it whatever happens. */
export async function withReader<T>(
  path: string,
  { signal, bytes }: ImageContext,
  beginningOnly: boolean,
  use: (reader: ByteReader) => Promise<T>,
): Promise<T> {
  const options = { signal, beginningOnly };
  const reader = bytes ? await readerOver(bytesInMemory(bytes, path), options) : await openReader(path, options);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}
