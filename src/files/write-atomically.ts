/** Files that appear complete or not at all. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FormatError } from "../errors.ts";
import { checkPlatform } from "./check-platform.ts";
import { reasonOfWrite } from "./disk-failure.ts";
import { makeDirectory } from "./make-directory.ts";
import { whenFileFree } from "./when-file-free.ts";

/** The suffix of the name of an unfinished file, after the name of the file itself. */
export const unfinishedName = /^\.[0-9a-f-]{36}\.tmp$/;

/** An unfinished file, stored next to its final path until {@link AtomicFile.publish} moves it there. */
export class AtomicFile {
  /** Final path of the file. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly #unfinished: string;

  private constructor(path: string, unfinished: string, handle: FileHandle) {
    this.path = path;
    this.#unfinished = unfinished;
    this.handle = handle;
  }

  static async create(path: string): Promise<AtomicFile> {
    checkPlatform();
    const unfinished = `${path}.${randomUUID()}.tmp`;
    return new AtomicFile(path, unfinished, await whenFileFree(() => open(unfinished, "wx")));
  }

  /** Moves the file to its final path. To survive a power failure, call `handle.sync()` before. */
  async publish(): Promise<void> {
    await this.handle.close();
    await rename(this.#unfinished, this.path);
  }

  /** Removes the unfinished file. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => {}); // it may be closed already
    await rm(this.#unfinished, { force: true });
  }
}

/** Options of {@link writeAtomically}. */
export interface AtomicWriteOptions {
  /**
   * Whether to flush the bytes to disk before the file appears, so that it is complete after a power failure too.
   * Default true.
   */
  readonly sync?: boolean;
  /** Converts a system error to the error to throw. Default: FormatError `VOXRX_WRITE_FAILED`. */
  readonly asError?: (cause: unknown) => unknown;
}

/**
 * Writes a file that appears complete or not at all.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED`
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
  { sync = true, asError = (cause) => systemFailure(path, cause) }: AtomicWriteOptions = {},
): Promise<void> {
  checkPlatform();
  let file: AtomicFile | undefined;
  try {
    file = await AtomicFile.create(path);
    for (const piece of Array.isArray(content) ? content : [content]) await file.handle.writeFile(piece);
    if (sync) await file.handle.sync();
    await file.publish();
  } catch (cause) {
    await file?.discard().catch(() => {});
    throw asError(cause);
  }
}

/**
 * Creates the directory of a file if it is missing.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED`
 */
export async function makeDirectoryOf(path: string): Promise<void> {
  try {
    await makeDirectory(dirname(path));
  } catch (cause) {
    throw systemFailure(path, cause);
  }
}

function systemFailure(path: string, cause: unknown): FormatError {
  const { fault, remedy } = reasonOfWrite(cause);
  return writeFailed(`the file could not be written: ${fault}`, path, remedy, cause);
}

/** The error for a file that could not be written. */
export function writeFailed(fault: string, file: string | undefined, remedy: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_WRITE_FAILED", fault, { ...(file === undefined ? {} : { file }), remedy, cause });
}
