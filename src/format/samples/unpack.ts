/** Decompresses a range of bytes in a file, off the main thread. */

import { createInflate, createInflateRaw } from "node:zlib";
import { onAbort } from "../../async/on-abort.ts";
import { messageOf } from "../../errors.ts";
import { badCompression, inflate, isGzip } from "../../files/gunzip.ts";
import { truncated } from "../format-faults.ts";

/** Compression format: zlib (RFC 1950), gzip (RFC 1952), or raw deflate (RFC 1951). */
export type Packing = "zlib" | "gzip" | "deflate";

/** Options of {@link unpack}. */
export interface UnpackOptions {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Yields the decompressed bytes in chunks of up to 1 MiB, which the caller can modify. Bytes after the end of the
 * compressed data are ignored, except for gzip. Gzip is also detected if zlib was announced, because writers mix them
 * up.
 *
 * @throws FormatError `VOXRX_BAD_COMPRESSION`, `VOXRX_TRUNCATED_FILE`
 */
export async function* unpack(
  packed: Uint8Array,
  packing: Packing,
  options: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  const { path, signal } = options;
  if (packing !== "deflate" && isGzip(packed)) {
    yield* inflate([packed], { path, signal, size: packed.length });
    return;
  }
  if (packing === "gzip") throw badCompression("the header announces gzip, but the samples are not gzip", path);
  signal?.throwIfAborted();
  const chunkSize = Math.min(2 ** 20, Math.max(2 ** 14, 8 * packed.length));
  const stream = packing === "zlib" ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize });
  const unregister = signal && onAbort(signal, () => void stream.destroy());
  try {
    stream.end(packed);
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw signal?.aborted ? signal.reason : unpackFault(error, path);
  } finally {
    unregister?.();
    stream.destroy();
  }
}

function unpackFault(cause: unknown, path: string): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "Z_BUF_ERROR") return truncated("the compressed data ends too early", path);
  if (typeof code !== "string" || !code.startsWith("Z_")) return cause;
  const reason = messageOf(cause);
  return badCompression(`the compressed data is damaged (${reason})`, path, cause);
}
