/** The files of several datasets as a lock has them. */
import { createHash } from "node:crypto";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { FormatError, OptionError } from "../errors.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import { isUrl } from "../http/read-source.ts";
import { compareNames } from "../name-order.ts";
import { shownUrl } from "../shown-url.ts";
import type { FileContent, FileHasher } from "./hash-files.ts";
import type { LockedFile } from "./lock-document.ts";

/** Where a lock is, and how it names files. */
export interface LockPlace {
  /** Absolute path of the lock. */
  readonly lockFile: string;
  readonly hashPaths: boolean;
}

/** A file and the datasets that depend on it. */
interface UsedFile {
  readonly identity: FileIdentity;
  readonly datasets: string[];
}

/** The files that datasets depend on, by the name of the dataset, sorted by their paths. */
export async function lockedFiles(
  files: ReadonlyMap<string, readonly FileIdentity[]>,
  hasher: FileHasher,
  place: LockPlace,
): Promise<LockedFile[]> {
  const used = new Map<string, UsedFile>();
  for (const [dataset, own] of files) {
    for (const identity of own) {
      const key = isUrl(identity.path) ? keyOf(remoteFile({ identity, datasets: [] }, place)) : identity.path;
      const known = used.get(key);
      if (!known) used.set(key, { identity, datasets: [dataset] });
      else if (!known.datasets.includes(dataset)) known.datasets.push(dataset);
    }
  }
  const local = Array.from(used.values(), ({ identity }) => identity.path).filter((path) => !isUrl(path));
  const contents = await hasher.contents(local);
  const locked = Array.from(used.values(), (file): LockedFile => {
    const content = contents.get(file.identity.path);
    return content ? localFile(file, content, place) : remoteFile(file, place);
  });
  return locked.sort((a, b) => compareNames(keyOf(a), keyOf(b)));
}

/** The path of a local file as a lock has it. */
function lockedPath(path: string, isDirectory: boolean, { lockFile, hashPaths }: LockPlace): string {
  const fromLock = relative(dirname(lockFile), path);
  // On Windows, there is no relative path to another drive.
  if (isAbsolute(fromLock) && !hashPaths) {
    throw new OptionError("VOXRX_BAD_OPTION", "a file is on another drive than the lock: it has no relative path", {
      file: path,
      remedy: "Write the lock to the drive of the files, or hash paths.",
    });
  }
  const shown = (fromLock || ".").split(sep).join("/") + (isDirectory ? "/" : "");
  return hashPaths ? hashOf(shown) : shown;
}

/** The absolute path of a local file in a lock. */
export function absolutePath(locked: string, lockFile: string): string {
  return resolve(dirname(lockFile), locked);
}

function localFile(
  { identity, datasets }: UsedFile,
  { isDirectory, size, sha256, modified }: FileContent,
  place: LockPlace,
) {
  if (!isDirectory && (identity.size !== size || identity.modified !== modified)) {
    throw new FormatError("VOXRX_FILE_UNREADABLE", "the file changed while the lock was made", {
      file: identity.path,
      remedy: "Make the lock again when nothing writes to the files.",
    });
  }
  return {
    path: lockedPath(identity.path, isDirectory, place),
    ...(isDirectory && place.hashPaths ? { directory: true as const } : {}),
    size,
    sha256,
    datasets: datasets.sort(),
  };
}

function remoteFile({ identity, datasets }: UsedFile, { hashPaths }: LockPlace): LockedFile {
  const { size, modified, changed } = identity;
  const url = shownUrl(identity.path);
  // The server says nothing by which a change could be seen: size and ETag are made up.
  const isUnknown = modified.startsWith("unknown ");
  return {
    path: hashPaths ? hashOf(url) : url,
    ...(isUnknown ? {} : { size }),
    ...(isUnknown || modified === "" ? {} : { etag: modified }),
    ...(isUnknown || modified !== "" || changed === "" ? {} : { lastModified: changed }),
    datasets: datasets.sort(),
  };
}

/** Tells files apart, also those of URLs that are shown alike: a URL that is signed again is the same file. */
function keyOf({ path, size, etag, lastModified }: LockedFile): string {
  return JSON.stringify([path, size, etag, lastModified]);
}

function hashOf(path: string): string {
  return `sha256:${createHash("sha256").update(path).digest("hex")}`;
}
