/** A file opened for reading, with readable errors and abortable reads. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { untilAborted } from "../async/until-aborted.ts";
import { FormatError, isVoxRxError, messageOf } from "../errors.ts";
import { outOfFiles } from "./disk-failure.ts";
import { type FileIdentity, identityFrom, withHash } from "./file-identity.ts";
import { whenFileFree } from "./when-file-free.ts";

const pieceBytes = 8 * 2 ** 20;

/** A regular file that is not empty, open for reading. */
export class ImageFile {
  readonly path: string;
  readonly size: number;
  /** The identity of the file when it was opened. */
  readonly identity: FileIdentity;
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal | undefined;

  private constructor(identity: FileIdentity, handle: FileHandle, signal: AbortSignal | undefined) {
    this.path = identity.path;
    this.size = identity.size;
    this.identity = identity;
    this.#handle = handle;
    this.#signal = signal;
  }

  /** @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FILE` */
  static async open(path: string, signal?: AbortSignal): Promise<ImageFile> {
    signal?.throwIfAborted();
    // Without O_NONBLOCK, opening a named pipe without a writer would wait forever.
    const opening = whenFileFree(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK), signal);
    try {
      const handle = await untilAborted(opening, signal);
      return await ImageFile.#over(handle, path, signal);
    } catch (error) {
      void opening.then((handle) => handle.close()).catch(() => {});
      if (signal?.aborted) throw signal.reason;
      throw fileFault(error, path);
    }
  }

  static async #over(handle: FileHandle, path: string, signal: AbortSignal | undefined): Promise<ImageFile> {
    const stats = await untilAborted(handle.stat({ bigint: true }), signal);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? "a directory" : "not a regular file";
      throw new FormatError("VOXRX_FILE_UNREADABLE", `the path is ${what}`, {
        file: path,
        remedy: "Give the path of an image file.",
      });
    }
    if (stats.size === 0n) {
      throw new FormatError("VOXRX_EMPTY_FILE", "the file has no bytes", {
        file: path,
        remedy: "Copy or download the file again: it was interrupted.",
      });
    }
    return new ImageFile(identityFrom(path, stats), handle, signal);
  }

  /** The identity of the file after its bytes were read, which have this hash. */
  async identityAfter(hash: string): Promise<FileIdentity> {
    const stats = await untilAborted(this.#handle.stat({ bigint: true }), this.#signal);
    return withHash(this.identity, identityFrom(this.path, stats), hash);
  }

  /** Fills `target` from `position` on; returns the number of bytes read. */
  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    try {
      while (filled < target.length) {
        const length = Math.min(pieceBytes, target.length - filled);
        const reading = this.#handle.read(target, filled, length, position + filled);
        const { bytesRead } = await untilAborted(reading, this.#signal);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (error) {
      if (this.#signal?.aborted) throw this.#signal.reason;
      throw fileFault(error, this.path);
    }
    return filled;
  }

  /** Closes the file. After an abort, doesn't wait for a read that is still in progress. */
  async close(): Promise<void> {
    const closing = this.#handle.close().catch(() => {});
    if (!this.#signal?.aborted) await closing;
  }
}

/** The error for a URL that is used as a local path: the system's own message would contain all of it. */
export function urlAsPath(path: string): FormatError | undefined {
  if (!/\b[a-z][a-z\d+.-]+:[\\/]+/i.test(path)) return undefined;
  return new FormatError("VOXRX_FILE_MISSING", "the path is a URL, not a local file", {
    file: path,
    remedy: "Load http and https URLs with load(), or download the file first.",
  });
}

/** Converts a system error about a path, and what should be there, to an error of VoxRx. */
export function fileFault(cause: unknown, path: string, kind: "file" | "directory" | "path" = "file"): Error {
  if (isVoxRxError(cause)) return cause;
  const asPath = urlAsPath(path);
  if (asPath) return asPath;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new FormatError("VOXRX_FILE_MISSING", `the ${kind} does not exist`, {
      file: path,
      cause,
      remedy: kind === "file" ? "Correct the path, or download the file." : "Correct the path.",
    });
  }
  const tooMany = outOfFiles(cause, path);
  if (tooMany) return tooMany;
  const reason = messageOf(cause);
  return new FormatError("VOXRX_FILE_UNREADABLE", `the file cannot be read: ${reason}`, {
    file: path,
    cause,
    remedy: "Check its permissions and the disk or network share it is on.",
  });
}
