/** System errors of files, converted to errors of VoxRx. */
import { dirname } from "node:path";
import { DownloadError, FormatError, messageOf } from "../errors.ts";

/** The code of a system error (`ENOSPC`) or of one of its causes; undefined if there is none. */
export function systemCode(caught: unknown): string | undefined {
  try {
    let error = caught;
    for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth++) {
      if ("code" in error && typeof error.code === "string") return error.code;
      const inner: unknown = error instanceof AggregateError ? error.errors[0] : Reflect.get(error, "cause");
      error = inner;
    }
  } catch {
    // Something that throws when it is looked at, such as a proxy, is no error of the system.
  }
  return undefined;
}

/** What a system error about a file means, and what can be done about it. */
export interface SystemReason {
  readonly fault: string;
  readonly remedy: string;
}

const full: SystemReason = {
  fault: "no space is left on the disk",
  remedy: "Free some space, also for the number of files, or choose a directory on another disk.",
};
const unwritable: SystemReason = {
  fault: "this user may not write there",
  remedy: "Choose a directory that this user can write to.",
};
const reasons: Readonly<Record<string, SystemReason>> = {
  ENOSPC: full,
  EDQUOT: { ...full, fault: "this user may take no more space on the disk" },
  EFBIG: {
    fault: "the file would be larger than the system allows",
    remedy: "Raise the limit of this process (ulimit -f), or choose a directory on another disk.",
  },
  EACCES: unwritable,
  ENOENT: { fault: "the directory does not exist", remedy: "Create the directory, or correct the path." },
  ENOTDIR: {
    fault: "a part of the path is a file, not a directory",
    remedy: "Remove that file, or choose another directory.",
  },
  EEXIST: {
    fault: "something else has this name already",
    remedy: "Remove it, or choose another directory.",
  },
  EISDIR: { fault: "it is a directory", remedy: "Give the path of a file." },
  EPERM: unwritable,
  EIO: {
    fault: "the disk reports an error of its own",
    remedy: "Check the disk or the network share, or choose a directory on another one.",
  },
  EROFS: { fault: "the disk can only be read", remedy: "Choose a directory on a disk that can be written to." },
  EMFILE: {
    fault: "this process has as many open files as it may have",
    remedy: "Raise the limit (ulimit -n), or read fewer files at once: lower concurrency, or close what is not needed.",
  },
  ENFILE: {
    fault: "the system has as many open files as it can have",
    remedy: "Close other programs, or raise the limit of the system (fs.file-max).",
  },
};

const fullCodes: readonly unknown[] = ["ENOSPC", "EDQUOT", "EFBIG"];
const unwritableCodes: readonly unknown[] = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EIO"];

/** What a failed write, or an open for it, means; the system's own words if nothing more is known. */
export function reasonOfWrite(caught: unknown): SystemReason {
  const remedy = "Check the directory, its permissions and the free space.";
  return reasons[systemCode(caught) ?? ""] ?? { fault: messageOf(caught), remedy };
}

/** Whether no further file can be opened, by this process or any. */
export function isOutOfFiles(caught: unknown): boolean {
  const code = systemCode(caught);
  return code === "EMFILE" || code === "ENFILE";
}

/** The error to throw if no further file can be opened; undefined for anything else. */
export function outOfFiles(caught: unknown, file: string): FormatError | undefined {
  if (!isOutOfFiles(caught)) return undefined;
  const { fault, remedy } = reasonOfWrite(caught);
  return new FormatError("VOXRX_FILE_UNREADABLE", `the file can't be opened: ${fault}`, {
    file,
    remedy,
    cause: caught,
  });
}

/**
 * The error to throw if `caught` means that the disk is full, a directory isn't writable, or no further file can be
 * opened; undefined for anything else.
 */
export function diskFailure(caught: unknown, path: string): DownloadError | FormatError | undefined {
  if (isOfSocket(caught)) return undefined;
  const code = systemCode(caught);
  const { fault, remedy } = reasonOfWrite(caught);
  if (fullCodes.includes(code)) {
    return new DownloadError("VOXRX_DISK_FULL", fault, {
      file: path,
      cause: caught,
      remedy: `${remedy} Then run again: the work resumes where it stopped.`,
    });
  }
  if (unwritableCodes.includes(code)) {
    const why = reasons[code ?? ""] ? `: ${fault}` : "";
    return new DownloadError("VOXRX_FOLDER_UNWRITABLE", `the directory ${dirname(path)} cannot be written to${why}`, {
      file: path,
      cause: caught,
      remedy: why === "" ? unwritable.remedy : remedy,
    });
  }
  return outOfFiles(caught, path);
}

/** Whether the system, and not a library, reported an error. */
export function isOfSystem(caught: unknown): caught is Error & { readonly syscall: string } {
  return caught instanceof Error && "syscall" in caught && typeof caught.syscall === "string";
}

/** Connections that a firewall rejects fail with the same codes as writes to a file. */
function isOfSocket(caught: unknown): boolean {
  return isOfSystem(caught) && caught.syscall === "connect";
}
