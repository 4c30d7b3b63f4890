/** A file opened for reading, with faults in words and reads that a signal can interrupt. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { FormatError, isVoxRxError } from "../errors.ts";

const pieceBytes = 8 * 2 ** 20;

/** A regular file that is not empty, open for reading. */
export class ImageFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal | undefined;

  private constructor(path: string, size: number, handle: FileHandle, signal: AbortSignal | undefined) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
    this.#signal = signal;
  }

  /** @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FILE` */
  static async open(path: string, signal?: AbortSignal): Promise<ImageFile> {
    signal?.throwIfAborted();
    // Without O_NONBLOCK, opening a named pipe that nobody writes to would wait for ever.
    const opening = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const handle = await orAbort(opening, signal);
      return await ImageFile.#over(handle, path, signal);
    } catch (error) {
      void opening.then((handle) => handle.close()).catch(() => {});
      if (signal?.aborted) throw signal.reason;
      throw fileFault(error, path);
    }
  }

  static async #over(handle: FileHandle, path: string, signal: AbortSignal | undefined): Promise<ImageFile> {
    const stats = await orAbort(handle.stat(), signal);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? "a folder" : "no regular file";
      throw new FormatError("VOXRX_FILE_UNREADABLE", `the path is ${what}`, {
        file: path,
        remedy: "Give the path of an image file.",
      });
    }
    if (stats.size === 0) {
      throw new FormatError("VOXRX_EMPTY_FILE", "the file has no bytes", {
        file: path,
        remedy: "Fetch the file again; a copy or download was interrupted.",
      });
    }
    return new ImageFile(path, stats.size, handle, signal);
  }

  /** Fills `target` from `position` on; gives how many bytes there were. */
  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    try {
      while (filled < target.length) {
        const length = Math.min(pieceBytes, target.length - filled);
        const reading = this.#handle.read(target, filled, length, position + filled);
        const { bytesRead } = await orAbort(reading, this.#signal);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (error) {
      if (this.#signal?.aborted) throw this.#signal.reason;
      throw fileFault(error, this.path);
    }
    return filled;
  }

  /** Lets go of the file. After an abort a read that the system still works on is not waited for. */
  async close(): Promise<void> {
    const closing = this.#handle.close().catch(() => {});
    if (!this.#signal?.aborted) await closing;
  }
}

/** What the system said of a path, as an error of ours. */
export function fileFault(cause: unknown, path: string): Error {
  if (isVoxRxError(cause)) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new FormatError("VOXRX_FILE_MISSING", "there is no such file", {
      file: path,
      cause,
      remedy: "Correct the path, or fetch the file.",
    });
  }
  const said = cause instanceof Error ? cause.message : String(cause);
  return new FormatError("VOXRX_FILE_UNREADABLE", `the file cannot be read: ${said}`, {
    file: path,
    cause,
    remedy: "Check its permissions, and the disk or share that it is on.",
  });
}

/** What a promise gives, unless the signal aborts first. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
