/** Inflating, off the main thread, with faults in words. */
import { constants, createGunzip } from "node:zlib";
import { FormatError } from "../errors.ts";

/** Deflate's best case: 1032 bytes out of one (RFC 1951: 258 bytes from a length and a distance code of one bit each). */
export const largestRatio = 1032;

const chunkBytes = 2 ** 20;
const inputBytes = 2 ** 30;

/** How {@link inflate} is told. */
export interface InflateOptions {
  /** Named in errors. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  /** Whether these are only the file's first bytes: where they end is no fault then. */
  readonly partial: boolean;
}

/** Whether bytes begin as gzip does (RFC 1952: two magic bytes). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The inflated bytes in chunks of up to 1 MiB, each the caller's to keep or change. While the caller works on one, the next is
 * inflated. Several members in a row and zero padding behind them are read as the gzip tool reads them. Checksums are checked.
 *
 * @throws FormatError `VOXRX_BAD_COMPRESSION`, `VOXRX_TRUNCATED_FILE`
 */
export async function* inflate(compressed: Uint8Array, options: InflateOptions): AsyncGenerator<Uint8Array> {
  const { path, signal, partial } = options;
  signal?.throwIfAborted();
  const gunzip = createGunzip({
    chunkSize: Math.min(chunkBytes, Math.max(2 ** 14, 8 * compressed.length)),
    ...(partial ? { finishFlush: constants.Z_SYNC_FLUSH } : {}),
  });
  const stop = () => gunzip.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    // zlib counts its input in 32 bits.
    for (let at = 0; at < compressed.length; at += inputBytes) gunzip.write(compressed.subarray(at, at + inputBytes));
    gunzip.end();
    for await (const chunk of gunzip) yield chunk;
    if (!partial) checkPadding(compressed, gunzip.bytesWritten, path);
  } catch (error) {
    throw signal?.aborted ? signal.reason : gzipFault(error, path);
  } finally {
    signal?.removeEventListener("abort", stop);
    gunzip.destroy();
  }
}

function checkPadding(compressed: Uint8Array, consumed: number, path: string): void {
  for (let at = consumed; at < compressed.length; at++) {
    if (compressed[at] !== 0) throw badCompression("other bytes follow the compressed ones", path);
  }
}

function gzipFault(cause: unknown, path: string): unknown {
  if (cause instanceof FormatError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "Z_BUF_ERROR") {
    return new FormatError("VOXRX_TRUNCATED_FILE", "the compressed bytes end too early", {
      file: path,
      cause,
      remedy: "Fetch the file again; a copy or download was interrupted.",
    });
  }
  if (typeof code !== "string" || !code.startsWith("Z_")) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return badCompression(`the compressed bytes are damaged (${said})`, path, cause);
}

/** The error for bytes that are no sound gzip. */
export function badCompression(fault: string, path: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_COMPRESSION", fault, {
    file: path,
    cause,
    remedy: "Fetch the file again, or test it with gzip -t.",
  });
}
