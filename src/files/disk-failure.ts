/** What the system says when a file cannot be written, in words of VoxRx. */
import { dirname } from "node:path";
import { DownloadError } from "../errors.ts";

/** The code of a system error (`ENOSPC`), or of one somewhere in its causes; undefined where there is none. */
export function systemCode(caught: unknown): string | undefined {
  let error = caught;
  for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string") return error.code;
    const inner: unknown = error instanceof AggregateError ? error.errors[0] : Reflect.get(error, "cause");
    error = inner;
  }
  return undefined;
}

/** The error to raise when `caught` says that the disk is full or that a folder may not be written; undefined for anything else. */
export function diskFailure(caught: unknown, path: string): DownloadError | undefined {
  if (isOfSocket(caught)) return undefined;
  const code = systemCode(caught);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new DownloadError("VOXRX_DISK_FULL", "no space is left on the disk", {
      file: path,
      cause: caught,
      remedy: "Free some space, or choose a folder on another disk, and run again: what is here is taken up again.",
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR" || code === "EEXIST") {
    return new DownloadError("VOXRX_FOLDER_UNWRITABLE", `the folder ${dirname(path)} cannot be written to`, {
      file: path,
      cause: caught,
      remedy: "Choose a folder that this user may write to.",
    });
  }
  return undefined;
}

/** A firewall may refuse a connection with the very codes with which a disk refuses a file. */
function isOfSocket(caught: unknown): boolean {
  return caught instanceof Error && "syscall" in caught && caught.syscall === "connect";
}
