/**
 * Looks at the files of an LMDB environment before it is opened: lmdb ends the process when it maps files that are
 * damaged, or that the disk has no room for.
 */
import { constants, type Stats } from "node:fs";
import { access, type FileHandle, open, readFile, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { StoreError } from "../../errors.ts";
import { processLimit } from "../../files/process-limit.ts";
import { whenFileFree } from "../../files/when-file-free.ts";
import { arePagesWhole } from "./page-walk.ts";
import { long, short, word } from "./read-fields.ts";

/** Another process may be making or changing the files at this moment: what looks wrong is looked at again. */
const looks = 5;
const lookAgainMs = 50;
/** Space for the files of a new environment. */
const roomForFiles = 256 * 2 ** 10;
/** Less is of no use for images. */
const smallestFile = 2 ** 20;

/** Size of lmdb's lock file: its state, and 126 readers of 64 bytes, each with unused bytes at its end. */
const lockBytes = 8_272;

/** Layout of the pages of lmdb's LMDB: a header of 24 bytes, then, on the first two pages, the state of the file. */
const flagsAt = 18;
const state = {
  magic: 24,
  version: 28,
  pageSize: 48,
  trees: [48, 96],
  treeBytes: 48,
  lastPage: 144,
  transaction: 152,
  bytes: 160,
};
const metaFlag = 8;
const magic = 0xbeefc0de;
const knownVersion = 2;

/** @throws StoreError `VOXRX_STORE_UNUSABLE`, `VOXRX_STORE_FULL` */
export async function checkLmdbFiles(dir: string): Promise<void> {
  await checkFileLimit(dir);
  const isNew = await isNewLock(dir);
  const isEmpty = await isEmptyData(dir);
  if (isNew || isEmpty) await checkRoom(dir);
}

/** Looks at the data only, and changes nothing. @throws StoreError `VOXRX_STORE_UNUSABLE` also where there is none */
export async function checkDataFile(dir: string): Promise<void> {
  if (!(await isEmptyData(dir))) return;
  throw new StoreError("VOXRX_STORE_UNUSABLE", "the directory is not a cache: it has no data.mdb with entries", {
    file: dir,
    remedy: "Give the directory that was passed to lmdbStore.",
  });
}

/** lmdb ends the process where it can't make its files larger. */
async function checkFileLimit(dir: string): Promise<void> {
  const most = processLimit("Max file size");
  if (most === undefined) return;
  const there = await stat(join(dir, "data.mdb")).catch(absent);
  if (most >= smallestFile && most >= (there?.size ?? 0) + roomForFiles) return;
  throw new StoreError("VOXRX_STORE_FULL", `this process may write files of at most ${most} bytes`, {
    file: dir,
    remedy: "Raise the limit (ulimit -f), or use another directory.",
  });
}

/** Whether there is no lock file yet, or parts of it have no room on the disk. */
async function isNewLock(dir: string): Promise<boolean> {
  const path = join(dir, "lock.mdb");
  const stats = await stat(path).catch(absent);
  if (!stats) return true;
  await access(path, constants.R_OK | constants.W_OK).catch(absent);
  await checkRepeatedly(dir, async () => {
    const now = await stat(path).catch(absent);
    if (now && !now.isFile()) return "its lock.mdb is not a file";
    return now?.size === 0 && (await isOpenElsewhere(now)) ? "its lock.mdb is empty, but in use" : undefined;
  });
  if (stats.size === 0) await fillEmptyLock(path);
  return stats.blocks * 512 < stats.size || stats.size === 0;
}

/**
 * Whether processes have an environment open with this lock file: they hold a shared lock of its first byte. On systems
 * that do not list locks, a file that is empty counts as in use.
 */
async function isOpenElsewhere({ ino }: Stats): Promise<boolean> {
  const locks = await readFile("/proc/locks", "utf8").catch(() => undefined);
  return locks?.split("\n").some((line) => / READ /.test(line) && line.endsWith(`:${ino} 0 0`)) ?? true;
}

/**
 * A process that was killed while it made the file left it empty. lmdb ends a process that opens an empty one which
 * another has just made; zeros are filled in by whichever of them has the file to itself first.
 */
async function fillEmptyLock(path: string): Promise<void> {
  await using handle = await open(path, "r+");
  // A byte that lmdb does not use: another process may have filled the file meanwhile.
  await handle.write(new Uint8Array(1), 0, 1, lockBytes - 1);
}

/** Whether there is no data yet. */
async function isEmptyData(dir: string): Promise<boolean> {
  const handle = await whenFileFree(() => open(join(dir, "data.mdb"), "r")).catch(absent);
  if (!handle) return true;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw unusable(dir, "its data.mdb is not a file");
    if (stats.size === 0) return true;
    await checkRepeatedly(dir, () => faultIn(handle));
    return false;
  } finally {
    await handle.close();
  }
}

async function checkRoom(dir: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize >= roomForFiles) return;
  throw new StoreError("VOXRX_STORE_FULL", "no space is left for a new store", {
    file: dir,
    remedy: "Free some space on the disk, or use a directory on another one.",
  });
}

/** Looks until nothing is wrong, a few times. @throws StoreError with the fault that stays */
async function checkRepeatedly(dir: string, look: () => Promise<string | undefined>): Promise<void> {
  for (let n = 1; ; n++) {
    const fault = await look();
    if (fault === undefined) return;
    if (n === looks) throw unusable(dir, fault);
    await wait(lookAgainMs);
  }
}

function unusable(dir: string, fault: string): StoreError {
  return new StoreError("VOXRX_STORE_UNUSABLE", `the store can't be used: ${fault}`, {
    file: dir,
    remedy:
      "Delete data.mdb and lock.mdb in this directory while nothing uses it, if they are a store's: the entries are " +
      "computed again. Otherwise use another directory.",
  });
}

/** What is wrong with the pages that lmdb reads first; undefined if nothing is. */
async function faultIn(handle: FileHandle): Promise<string | undefined> {
  const { size } = await handle.stat();
  const first = await pageStart(handle, 0);
  const pageSize = first && hasState(first) ? word(first, state.pageSize) : 0;
  const second = isPageSize(pageSize) ? await pageStart(handle, pageSize) : undefined;
  if (!first || !second || !hasState(first) || !hasState(second) || word(second, state.pageSize) !== pageSize) {
    return "its data.mdb is not an LMDB file, or only a part of one, or damaged";
  }
  const [a, b] = [long(first, state.transaction), long(second, state.transaction)];
  const newest = a > b ? first : second;
  const lastPage = long(newest, state.lastPage);
  if ((lastPage + 1n) * BigInt(pageSize) > BigInt(size)) return "its data.mdb is truncated";
  if (word(newest, state.version) !== knownVersion) return undefined;
  const trees = state.trees.map((at) => newest.subarray(at, at + state.treeBytes));
  if (await arePagesWhole({ fd: handle.fd, pageSize, lastPage: Number(lastPage), trees })) return undefined;
  // Pages of a state that has been replaced in the meantime may be used again.
  const [c, d] = [await pageStart(handle, 0), await pageStart(handle, pageSize)];
  const isSame = c && d && long(c, state.transaction) === a && long(d, state.transaction) === b;
  return isSame ? "its data.mdb is damaged" : undefined;
}

async function pageStart(handle: FileHandle, position: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(state.bytes);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
  return bytesRead === bytes.length ? bytes : undefined;
}

function hasState(page: Buffer): boolean {
  return (short(page, flagsAt) & metaFlag) !== 0 && word(page, state.magic) === magic;
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
