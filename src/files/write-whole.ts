import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FormatError } from "../errors.ts";

/**
 * Writes a file that appears whole or not at all: beside its place first, to the disk, then into place.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED`
 */
export async function writeWhole(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const handle = await open(draft, "wx");
    try {
      for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw systemFailure(path, cause);
  }
}

/**
 * Makes the folder that a file goes to, where it is not there.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED`
 */
export async function makeFolderOf(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw systemFailure(path, cause);
  }
}

function systemFailure(path: string, cause: unknown): FormatError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const remedy = "Check the folder, its permissions and its space.";
  return writeFailed(`the file could not be written: ${said}`, path, remedy, cause);
}

/** A file that could not be written, and why. */
export function writeFailed(fault: string, file: string | undefined, remedy: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_WRITE_FAILED", fault, { ...(file === undefined ? {} : { file }), remedy, cause });
}
