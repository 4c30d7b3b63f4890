/** Unpacking a stretch of bytes inside a file, off the main thread. */
import { createInflate, createInflateRaw } from "node:zlib";
import { badCompression, inflate, isGzip } from "../../files/gunzip.ts";
import { truncated } from "./stored-image.ts";

/** How bytes are packed: with zlib's header and checksum (RFC 1950), as gzip (RFC 1952), or bare (RFC 1951). */
export type Packing = "zlib" | "gzip" | "deflate";

/** Where the bytes came from, and what may stop the work. */
export interface UnpackOptions {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * The unpacked bytes in chunks of up to 1 MiB, each the caller's to change. What follows the end of the packed bytes is ignored, but
 * for gzip. Gzip is told by its magic also where zlib was announced: writers mix them up.
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
    yield* inflate(packed, { path, signal, partial: false });
    return;
  }
  if (packing === "gzip") throw badCompression("the samples are said to be gzip and are not", path);
  signal?.throwIfAborted();
  const chunkSize = Math.min(2 ** 20, Math.max(2 ** 14, 8 * packed.length));
  const stream = packing === "zlib" ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize });
  const stop = () => stream.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    stream.end(packed);
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw signal?.aborted ? signal.reason : unpackFault(error, path);
  } finally {
    signal?.removeEventListener("abort", stop);
    stream.destroy();
  }
}

function unpackFault(cause: unknown, path: string): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "Z_BUF_ERROR") return truncated("the compressed bytes end too early", path);
  if (typeof code !== "string" || !code.startsWith("Z_")) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return badCompression(`the compressed bytes are damaged (${said})`, path, cause);
}
