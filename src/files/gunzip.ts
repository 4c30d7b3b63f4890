/** Inflating gzip off the main thread, with readable errors. */
import { createGunzip } from "node:zlib";
import { onAbort } from "../async/on-abort.ts";
import { FormatError, messageOf } from "../errors.ts";

/**
 * Deflate's highest compression ratio: 1032 bytes from one (RFC 1951: 258 bytes from a length and a distance code of
 * one bit each).
 */
export const largestRatio = 1032;

const chunkBytes = 2 ** 20;
const inputBytes = 2 ** 30;

/** Options of {@link gunzip}. */
interface GunzipOptions {
  /** For errors. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  /** Size of the parts in bytes. Default 1 MiB. */
  readonly chunkSize?: number;
}

/** Whether bytes start with gzip's two magic bytes (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Inflates gzip in chunks, which the caller can keep and modify. While the caller works on one chunk, the
 * next is inflated. A piece of the input is requested only when all output of the previous ones has been consumed.
 * Concatenated members and zero padding after them are handled like the gzip tool does. Checksums are verified.
 *
 * @throws FormatError `VOXRX_BAD_COMPRESSION`, `VOXRX_TRUNCATED_FILE`
 */
export async function* gunzip(
  compressed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { path, signal, chunkSize = chunkBytes }: GunzipOptions,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const stream = new Gunzip(chunkSize);
  const unregister = signal && onAbort(signal, () => stream.close());
  const pieces = upTo(inputBytes, compressed);
  let last: Uint8Array = new Uint8Array(0);
  try {
    for (;;) {
      const chunk = stream.take();
      if (chunk) yield chunk;
      else if (stream.hasEnded) break;
      else if (stream.needsInput) {
        const next = await pieces.next();
        if (!next.done) last = next.value;
        stream.feed(next.done ? undefined : next.value);
      } else await stream.work();
    }
    checkPadding(last.subarray(last.length - stream.leftOver), path);
    for await (const piece of pieces) checkPadding(piece, path);
  } catch (error) {
    throw signal?.aborted ? signal.reason : inflateFault(error, path);
  } finally {
    unregister?.();
    stream.close();
  }
}

/** Node's gunzip stream, fed piece by piece. */
class Gunzip {
  readonly #stream;
  #needsInput = true;
  #fed = 0;
  #wake = () => {};

  constructor(chunkSize: number) {
    this.#stream = createGunzip({ chunkSize });
    for (const event of ["readable", "end", "error", "close"]) this.#stream.on(event, () => this.#wake());
  }

  /** Whether all input is inflated, so that more output needs more input. */
  get needsInput(): boolean {
    return this.#needsInput && !this.#stream.destroyed;
  }

  get hasEnded(): boolean {
    return this.#stream.readableEnded;
  }

  /** Number of input bytes after the end of the compressed data. */
  get leftOver(): number {
    return this.#fed - this.#stream.bytesWritten;
  }

  /** Inflated bytes that have not been taken yet. */
  take(): Uint8Array | undefined {
    return this.#stream.destroyed ? undefined : (this.#stream.read() ?? undefined);
  }

  /** Adds the next piece of input; undefined marks the end. */
  feed(piece: Uint8Array | undefined): void {
    this.#needsInput = false;
    if (!piece) {
      this.#stream.end();
      return;
    }
    this.#fed += piece.length;
    this.#stream.write(piece, (error) => {
      this.#needsInput = !error;
      this.#wake();
    });
  }

  /** Waits for progress. */
  async work(): Promise<void> {
    if (!this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#stream.errored) throw this.#stream.errored;
    if (this.#stream.destroyed && !this.hasEnded) throw new Error("inflating was stopped");
  }

  close(): void {
    this.#stream.destroy();
  }
}

async function* upTo(
  most: number,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    // zlib counts its input in 32 bits.
    for (let at = 0; at < piece.length; at += most) yield piece.subarray(at, at + most);
  }
}

function checkPadding(padding: Uint8Array, path: string): void {
  for (const byte of padding)
    if (byte !== 0) throw badCompression("the compressed data is followed by other bytes", path);
}

/** The error for a fault of zlib. */
export function inflateFault(cause: unknown, path: string): unknown {
  if (cause instanceof FormatError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "Z_BUF_ERROR") {
    return new FormatError("VOXRX_TRUNCATED_FILE", "the compressed data ends too early", {
      file: path,
      cause,
      remedy: "Copy or download the file again: it was interrupted.",
    });
  }
  if (typeof code !== "string" || !code.startsWith("Z_")) return cause;
  const reason = messageOf(cause);
  return badCompression(`the compressed data is damaged (${reason})`, path, cause);
}

/** The error for bytes that are not valid gzip. */
export function badCompression(fault: string, path: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_COMPRESSION", fault, {
    file: path,
    cause,
    remedy: "Copy or download the file again, or test it with gzip -t.",
  });
}
