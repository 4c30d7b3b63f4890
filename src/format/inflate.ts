/** Inflating gzip piece by piece, off the main thread, while the pieces that have arrived are worked on. */
import { createGunzip, type Gunzip } from "node:zlib";
import { FormatError } from "../errors.ts";
import { systemCode } from "./file-fault.ts";

/** Deflate cannot write more than 1032 bytes for one: no content is larger than this many times its compressed form. */
export const largestInflation = 1032;

/** Compressed bytes and where they come from. */
export interface CompressedSource {
  /** Path of the file, for messages. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly size: number;
  /** Reads bytes from `position` on into `target` and says how many came. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Stops everything at once. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Inflates a gzip file: one member or several, zero padding at its end allowed, every checksum verified. `consume` gets the
 * content in pieces of at most `chunkSize` bytes, which it may change but not keep; it answers false once it has enough, which
 * ends the work without a look at the rest.
 *
 * A piece is consumed while zlib already inflates the next one on another thread.
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE`, `VOXRX_BAD_COMPRESSION`
 */
export async function inflate(
  source: CompressedSource,
  chunkSize: number,
  consume: (chunk: Uint8Array) => boolean,
): Promise<void> {
  const gunzip = createGunzip({ chunkSize });
  try {
    const complete = await run(gunzip, source, Math.min(chunkSize, source.size), consume);
    if (complete) await checkPadding(source, gunzip.bytesWritten);
  } catch (caught) {
    throw source.signal?.aborted ? source.signal.reason : damaged(caught, source.path);
  } finally {
    gunzip.destroy();
  }
}

/** Settles when the content has ended (true), when `consume` had enough (false), or at the first fault. */
function run(
  gunzip: Gunzip,
  source: CompressedSource,
  readSize: number,
  consume: (chunk: Uint8Array) => boolean,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const arrived: Uint8Array[] = [];
    let enough = false;
    const drain = () => {
      try {
        for (let chunk = arrived.shift(); chunk && !enough; chunk = arrived.shift()) enough = !consume(chunk);
        if (enough) resolve(false);
      } catch (caught) {
        reject(caught);
      }
    };
    gunzip.on("data", (chunk: Uint8Array) => {
      arrived.push(chunk);
      // Not at once: when this handler returns, zlib is handed the next piece; then both threads work.
      queueMicrotask(drain);
    });
    gunzip.once("end", () => {
      drain();
      resolve(true);
    });
    gunzip.once("error", reject);
    const stop = () => reject(source.signal?.reason);
    source.signal?.addEventListener("abort", stop, { once: true });
    gunzip.once("close", () => source.signal?.removeEventListener("abort", stop));
    feed(gunzip, source, readSize).catch(reject);
  });
}

/** Writes the file's bytes into the stream; reads ahead by one piece while zlib works. */
async function feed(gunzip: Gunzip, source: CompressedSource, readSize: number): Promise<void> {
  let [filled, free] = [Buffer.allocUnsafeSlow(readSize), Buffer.allocUnsafeSlow(readSize)];
  let count = await source.read(filled, 0);
  let position = count;
  // A file that shrank while it was read gives 0 bytes; zlib then tells of the missing end.
  while (count > 0 && !gunzip.destroyed && !gunzip.readableEnded) {
    const written = write(gunzip, filled.subarray(0, count));
    count = position < source.size ? await source.read(free, position) : 0;
    await written;
    position += count;
    [filled, free] = [free, filled];
  }
  if (!gunzip.destroyed) gunzip.end();
}

/** Settles when zlib has taken all of `bytes`. A fault is told by the stream's own "error" event. */
function write(gunzip: Gunzip, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => gunzip.write(bytes, () => resolve()));
}

/** Tools pad files with zeros up to a block; anything else behind the last member is no part of a gzip file. */
async function checkPadding(source: CompressedSource, from: number): Promise<void> {
  const bytes = Buffer.allocUnsafe(Math.min(1 << 16, Math.max(1, source.size - from)));
  for (let position = from; position < source.size; ) {
    const count = await source.read(bytes, position);
    if (count === 0) return;
    if (!bytes.subarray(0, count).every((byte) => byte === 0)) {
      throw new FormatError("VOXRX_BAD_COMPRESSION", "bytes follow that are no part of the compressed data", {
        file: source.path,
        remedy: "Fetch or write the file again.",
      });
    }
    position += count;
  }
}

function damaged(caught: unknown, path: string): unknown {
  const code = systemCode(caught);
  if (!code.startsWith("Z_")) return caught;
  if (code === "Z_BUF_ERROR") {
    const remedy = "The file was cut off: fetch or write it again.";
    return new FormatError("VOXRX_TRUNCATED_FILE", "the compressed data ends before its end mark", {
      file: path,
      remedy,
      cause: caught,
    });
  }
  const said = caught instanceof Error ? caught.message : code;
  return new FormatError("VOXRX_BAD_COMPRESSION", `the compressed data is damaged: ${said}`, {
    file: path,
    remedy: "Fetch or write the file again.",
    cause: caught,
  });
}
