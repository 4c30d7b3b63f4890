/** System errors of failed writes, converted to errors of VoxRx. */
import { dirname } from "node:path";
import { DownloadError } from "../errors.ts";

/** The code of a system error (`ENOSPC`) or of one of its causes; undefined if there is none. */
export function systemCode(caught: unknown): string | undefined {
  let error = caught;
  for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string") return error.code;
    const inner: unknown = error instanceof AggregateError ? error.errors[0] : Reflect.get(error, "cause");
    error = inner;
  }
  return undefined;
}

/**
 * The error to throw if `caught` means that the disk is full or a directory isn't writable; undefined for anything
 * else.
 */
export function diskFailure(caught: unknown, path: string): DownloadError | undefined {
  if (isOfSocket(caught)) return undefined;
  const code = systemCode(caught);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new DownloadError("VOXRX_DISK_FULL", "no space is left on the disk", {
      file: path,
      cause: caught,
      remedy:
        "Free some space or choose a directory on another disk, then run again: the work resumes where it stopped.",
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR" || code === "EEXIST") {
    return new DownloadError("VOXRX_FOLDER_UNWRITABLE", `the directory ${dirname(path)} cannot be written to`, {
      file: path,
      cause: caught,
      remedy: "Choose a directory that this user can write to.",
    });
  }
  return undefined;
}

/** Connections that a firewall rejects fail with the same codes as writes to a file. */
function isOfSocket(caught: unknown): boolean {
  return caught instanceof Error && "syscall" in caught && caught.syscall === "connect";
}
