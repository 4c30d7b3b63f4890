/** Files that appear complete or not at all. */

import { type FileHandle, link, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FormatError } from "../errors.ts";
import { isInstance } from "../is-instance.ts";
import { checkPlatform } from "./check-platform.ts";
import { reasonOfWrite, systemCode } from "./disk-failure.ts";
import { makeDirectory } from "./make-directory.ts";
import { endUnfinished, newUnfinished, removeLeftovers, type Unfinished, wasOnlyUnnamed } from "./unfinished-files.ts";
import { whenFileFree } from "./when-file-free.ts";

/** Thrown when a file is there already that must not be replaced. */
export class FileTaken extends Error {}

/** Which files a writer may replace: those that were there before it began. */
export interface Replaceable {
  /** Time of the file system when the writer began its first file, in nanoseconds. */
  since?: bigint;
}

/** An unfinished file, stored next to its final path until {@link AtomicFile.publish} moves it there. */
export class AtomicFile {
  /** Final path of the file. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly #unfinished: Unfinished;

  private constructor(path: string, unfinished: Unfinished, handle: FileHandle) {
    this.path = path;
    this.#unfinished = unfinished;
    this.handle = handle;
  }

  static async create(path: string, replaceable?: Replaceable): Promise<AtomicFile> {
    checkPlatform();
    await removeLeftovers(dirname(path));
    const unfinished = newUnfinished(path);
    try {
      const handle = await whenFileFree(() => openNew(unfinished.path));
      const file = new AtomicFile(path, unfinished, handle);
      if (replaceable) replaceable.since ??= (await handle.stat({ bigint: true })).ctimeNs;
      return file;
    } catch (error) {
      endUnfinished(unfinished);
      throw error;
    }
  }

  /** Where it lies until then. */
  get unfinishedPath(): string {
    return this.#unfinished.path;
  }

  /**
   * Moves the file to its final path. To survive a power failure, call `handle.sync()` before.
   *
   * @throws FileTaken if there is a file that may not be replaced
   */
  async publish(replaceable?: Replaceable): Promise<void> {
    const { ino } = await this.handle.stat();
    await this.handle.close();
    if (replaceable) await this.#replaceOlder(replaceable, ino);
    else await this.#rename();
    endUnfinished(this.#unfinished);
  }

  /**
   * A file server that makes two calls of one reports that the file is missing, which the first has moved: then there is
   * another file than before, ours or one that came after it.
   */
  async #rename(): Promise<void> {
    const before = await stat(this.path).catch(() => undefined);
    try {
      await rename(this.#unfinished.path, this.path);
    } catch (error) {
      const there = systemCode(error) === "ENOENT" ? await stat(this.path).catch(() => undefined) : undefined;
      if (!there || there.ino === before?.ino) throw error;
    }
  }

  /** Removes the unfinished file. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => {}); // it may be closed already
    await rm(this.#unfinished.path, { force: true });
    endUnfinished(this.#unfinished);
  }

  async #replaceOlder({ since = 0n }: Replaceable, inode: number): Promise<void> {
    const { path } = this.#unfinished;
    try {
      // Unlike a rename, this fails if another process has put a file there.
      await link(path, this.path);
      await rm(path, { force: true });
      return;
    } catch {
      // There is a file, or the file system has no links.
    }
    const there = await stat(this.path, { bigint: true }).catch(() => undefined);
    // The first of two calls that a file server made of one has put it there.
    if (there && Number(there.ino) === inode) return rm(path, { force: true });
    if (there && there.ctimeNs > since && !wasOnlyUnnamed(there)) throw new FileTaken();
    await rename(path, this.path);
  }
}

/** Opens a file whose name nobody else has. That it is there means that a file server has made two calls of one. */
function openNew(path: string): Promise<FileHandle> {
  return open(path, "wx").catch((error: unknown) => {
    if (systemCode(error) !== "EEXIST") throw error;
    return open(path, "w");
  });
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
  /** Which files may be replaced. Default: any. */
  readonly replaceable?: Replaceable | undefined;
}

/**
 * Writes a file that appears complete or not at all.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED`
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
  { sync = true, asError = (cause) => systemFailure(path, cause), replaceable }: AtomicWriteOptions = {},
): Promise<void> {
  checkPlatform();
  let file: AtomicFile | undefined;
  try {
    file = await AtomicFile.create(path, replaceable);
    for (const piece of Array.isArray(content) ? content : [content]) await file.handle.writeFile(piece);
    if (sync) await file.handle.sync();
    await file.publish(replaceable);
  } catch (cause) {
    await file?.discard().catch(() => {});
    if (isInstance(cause, FileTaken)) throw cause;
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
