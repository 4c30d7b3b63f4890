/** Inflates compressed data in memory off the main thread: with libdeflate where it is found, else with zlib. */
import { createInflate, createInflateRaw } from "node:zlib";
import { onAbort } from "../async/on-abort.ts";
import { badCompression, gunzip, inflateFault, isGzip } from "./gunzip.ts";
import { type InflateInto, libdeflate } from "./libdeflate.ts";

/** Compression format: zlib (RFC 1950), gzip (RFC 1952), or raw deflate (RFC 1951). */
type Packing = "zlib" | "gzip" | "deflate";

/** What an image's header says about the inflated bytes. */
export interface Expected {
  /** Their number. */
  readonly bytes: number;
  /** Memory for them, which a library fills that doesn't bring its own. Called at most once. */
  readonly room: () => Uint8Array;
  /** Whether the inflated bytes are used as they are, in the memory that they are in: then all are one part. */
  readonly keeps: boolean;
}

/** Options of {@link inflate}. */
export interface InflateOptions {
  readonly packing: Packing;
  /** For errors. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  /** Left out if the size is unknown: parts are of up to 1 MiB then. */
  readonly expected?: Expected | undefined;
}

/** Fewer inflated bytes than this are not worth doing at once, or loading a library for. */
export const leastAtOnce = 2 ** 18;

const chunkBytes = 2 ** 20;
const smallestChunk = 2 ** 14;

/** Largest part of bytes that are only converted: larger ones take more memory, and no less time. */
const mostConverted = 2 ** 22;

/** zlib goes on in another buffer as soon as one is full, even if nothing follows. */
const slack = 64;

/** The name of the library that inflates images, for `explain()`. */
export function inflaterName(): string {
  return libdeflate() ? "libdeflate" : "zlib";
}

/**
 * Yields the inflated bytes in parts, which the caller can keep and modify. Bytes after the end of the compressed data
 * are ignored, except for gzip, where only members and zeros can follow. Gzip is also detected if zlib was announced,
 * because writers mix them up. Checksums are verified.
 *
 * @throws FormatError `VOXRX_BAD_COMPRESSION`, `VOXRX_TRUNCATED_FILE`
 */
export function inflate(packed: Uint8Array, options: InflateOptions): AsyncGenerator<Uint8Array> {
  const isLarge = (options.expected?.bytes ?? 0) >= leastAtOnce;
  return inflateWith(isLarge ? libdeflate() : undefined, packed, options);
}

/** {@link inflate} with a given library. What that can't inflate, zlib does: errors are the same with and without it. */
export async function* inflateWith(
  inflateInto: InflateInto | undefined,
  packed: Uint8Array,
  options: InflateOptions,
): AsyncGenerator<Uint8Array> {
  const { path, signal, expected } = options;
  signal?.throwIfAborted();
  const packing = options.packing !== "deflate" && isGzip(packed) ? "gzip" : options.packing;
  if (packing === "gzip" && !isGzip(packed)) {
    throw badCompression("the header announces gzip, but the samples are not gzip", path);
  }
  if (expected && inflateInto && packing !== "deflate") {
    const room = expected.room();
    const filled = await inflateInto(packed, packing, room, signal);
    if (filled !== undefined) {
      yield room.subarray(0, filled);
      return;
    }
  }
  const chunkSize = expected
    ? expectedChunk(expected)
    : Math.min(chunkBytes, Math.max(smallestChunk, 8 * packed.length));
  if (packing === "gzip") yield* gunzip([packed], { path, signal, chunkSize });
  else yield* inflateBare(packed, packing, chunkSize, { path, signal });
}

function expectedChunk({ bytes, keeps }: Expected): number {
  return Math.max(smallestChunk, (keeps ? bytes : Math.min(bytes, mostConverted)) + slack);
}

async function* inflateBare(
  packed: Uint8Array,
  packing: "zlib" | "deflate",
  chunkSize: number,
  { path, signal }: Pick<InflateOptions, "path" | "signal">,
): AsyncGenerator<Uint8Array> {
  const stream = packing === "zlib" ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize });
  const unregister = signal && onAbort(signal, () => void stream.destroy());
  try {
    stream.end(packed);
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw signal?.aborted ? signal.reason : inflateFault(error, path);
  } finally {
    unregister?.();
    stream.destroy();
  }
}
