/** Compares a lock with the files and datasets as they are now. */
import { eachInOrder } from "../async/each-in-order.ts";
import { isVoxRxError, messageOf } from "../errors.ts";
import { isUrl } from "../http/read-source.ts";
import type { LockFacts } from "../inspect/lock-facts.ts";
import { checksumMessage, compareLocks, type LockDifference, shownSize, sizeMessage } from "./compare-locks.ts";
import { type FileHasher, filesAtOnce } from "./hash-files.ts";
import type { Lock, LockedFile } from "./lock-document.ts";
import { absolutePath } from "./locked-files.ts";
import { makeLock } from "./make-lock.ts";

/** What is compared with a lock. */
export interface LockCheckSettings {
  /** Absolute path of the lock. */
  readonly lockFile: string;
  readonly voxrx: string;
}

/**
 * The differences of the local files in a lock, from their sizes and checksums alone. Without those whose paths are
 * hashed, and without URLs: where they are is not known from the lock.
 */
export async function checkFiles(lock: Lock, hasher: FileHasher, lockFile: string): Promise<LockDifference[]> {
  const found: LockDifference[] = [];
  await eachInOrder(
    localFiles(lock),
    filesAtOnce,
    (file) => fileDifference(file, hasher, absolutePath(file.path, lockFile)),
    (difference) => {
      if (difference) found.push(difference);
    },
  );
  return found;
}

/** The files of a lock that can be found by their paths. */
export function localFiles({ files, hashedPaths }: Lock): LockedFile[] {
  return hashedPaths ? [] : files.filter(({ path }) => !isUrl(path));
}

/**
 * All differences from a lock: of the files in it, and of the datasets as they are now.
 *
 * @param facts of each dataset, or the error that it failed with
 */
export async function checkLock(
  lock: Lock,
  facts: ReadonlyMap<string, LockFacts | Error>,
  hasher: FileHasher,
  { lockFile, voxrx }: LockCheckSettings,
): Promise<LockDifference[]> {
  const files = await checkFiles(lock, hasher, lockFile);
  const made = new Map<string, LockFacts>();
  const failures = new Map<string, Error>();
  for (const [name, each] of facts) {
    if (each instanceof Error) failures.set(name, each);
    else made.set(name, each);
  }
  const now = await makeLock(made, hasher, { lockFile, voxrx, hashPaths: lock.hashedPaths });
  const others = compareLocks(lock, now, new Set(failures.keys()));
  const found = new Map(files.map(({ path, kind }) => [path, kind]));
  const failed = Array.from(
    failures,
    ([dataset, error]): LockDifference => ({
      kind: "failed",
      dataset,
      message: messageOf(error),
    }),
  );
  return [...files, ...failed, ...others.filter((difference) => !isSaid(difference, found))];
}

/** Whether the differences of files say it already: of a missing file, it is clear why it is not read. */
function isSaid({ kind, path }: LockDifference, found: ReadonlyMap<string | undefined, string>): boolean {
  if (path === undefined || !found.has(path)) return false;
  return kind === "size" || kind === "checksum" || (kind === "no-longer-read" && found.get(path) === "missing");
}

async function fileDifference(
  { path, size, sha256 }: LockedFile,
  hasher: FileHasher,
  absolute: string,
): Promise<LockDifference | undefined> {
  try {
    const now = await hasher.size(absolute);
    if (now.isDirectory !== path.endsWith("/")) {
      return { kind: "missing", path, message: now.isDirectory ? "a directory is there" : "a file is there" };
    }
    if (now.size !== size) {
      return { kind: "size", path, message: sizeMessage(path, shownSize(now.size), shownSize(size)) };
    }
    const content = await hasher.content(absolute);
    return content.sha256 === sha256 ? undefined : { kind: "checksum", path, message: checksumMessage(path) };
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_FILE_MISSING")) return { kind: "missing", path, message: "the file is missing" };
    if (isVoxRxError(error)) return { kind: "unreadable", path, message: error.fault };
    throw error;
  }
}
