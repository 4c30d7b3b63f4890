/**
 * File locks: one holder at a time, among all calls in this process and all processes on this machine.
 *
 * A lock is a directory that holds one empty file, whose name says who owns it: a name is whole at once, content is
 * not. A directory is renamed onto another only while that one is empty, so exactly one of those who want the lock gets
 * it. To take over the lock of a dead owner, the file of its name is removed: whoever does that late finds no such file,
 * and never touches the lock of another.
 */
import { readdir, rename, rm, rmdir, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { delay } from "../async/delay.ts";
import { KeyedQueue } from "../async/keyed-queue.ts";
import { systemCode } from "./disk-failure.ts";
import { makeDirectory } from "./make-directory.ts";
import { endOwner, isOwnerName, newOwner, ownerState } from "./owner-name.ts";
import { whenFileFree } from "./when-file-free.ts";

const firstPollMs = 5;
const longestPollMs = 100;
const beatMs = 5_000;
/** A lock not touched for this long counts as abandoned, if the system can't tell whether its owner still runs. */
const staleMs = 60_000;

const withinThread = new KeyedQueue();

/**
 * Runs `work` while holding the lock at `path`; its directory is created if missing. A lock left by a killed process is
 * taken over: at once if the system reports that the process ended, otherwise when the lock has not been touched for a
 * minute.
 */
export function withFileLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const locked = async () => {
    const release = await acquire(path, signal);
    try {
      return await work();
    } finally {
      await release();
    }
  };
  return withinThread.run(path, locked, signal);
}

/**
 * Takes the lock at `path` if nobody holds it, and returns the function that releases it; undefined if somebody does.
 * Not to be mixed with {@link withFileLock} for one path.
 */
export async function tryFileLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const id = newOwner();
  const own = `${path}.${id}`;
  try {
    await prepare(own, id);
    let isTaken = await tryRename(own, path);
    // What a dead owner left is removed at the first look.
    for (let looks = 0; !isTaken && looks < 3 && !(await isHeld(path)); looks++) isTaken = await tryRename(own, path);
    if (isTaken) return holding(path, id);
  } catch (error) {
    await giveUp(own, id);
    throw error;
  }
  await giveUp(own, id);
  return undefined;
}

/** Whether a process holds the lock at `path`. What dead ones left of it is removed. */
export async function isFileLockHeld(path: string): Promise<boolean> {
  return isHeld(path);
}

async function acquire(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const id = newOwner();
  const own = `${path}.${id}`;
  try {
    await prepare(own, id);
    for (let pause = firstPollMs; !(await tryRename(own, path)); pause = Math.min(longestPollMs, pause * 1.5)) {
      signal?.throwIfAborted();
      if (await isHeld(path)) await delay(pause, signal);
      // The directory that contains the lock may have been removed by its last holder.
      await prepare(own, id);
    }
  } catch (error) {
    await giveUp(own, id);
    throw error;
  }
  await removeLeftovers(path);
  return holding(path, id);
}

async function giveUp(own: string, id: string): Promise<void> {
  endOwner(id);
  await rm(own, { recursive: true, force: true }).catch(() => undefined);
}

/** Shows signs of life while a lock is held. Returns the function that releases it. */
function holding(path: string, id: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(join(path, id), now, now).catch(() => {}); // only a sign of life for others; release() reports what matters
  }, beatMs);
  beat.unref();
  return async () => {
    clearInterval(beat);
    endOwner(id);
    await unlink(join(path, id)).catch(ignoreMissing);
    await removeEmpty(path);
  };
}

/** Makes the directory that becomes the lock, if it is not there. */
async function prepare(own: string, id: string): Promise<void> {
  for (;;) {
    await makeDirectory(own);
    try {
      return await whenFileFree(() => writeFile(join(own, id), ""));
    } catch (error) {
      // While it was still empty, another process took it for what a killed one left.
      ignoreMissing(error);
    }
  }
}

async function tryRename(own: string, path: string): Promise<boolean> {
  try {
    await rename(own, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR" || code === "ENOENT") return false;
    throw error;
  }
}

/** Whether the lock has a living owner. What dead ones left is removed. */
async function isHeld(path: string): Promise<boolean> {
  const names = await whenFileFree(() => readdir(path)).catch((error: unknown) => {
    if (systemCode(error) === "ENOTDIR") return undefined;
    ignoreMissing(error);
    return [];
  });
  // A file is not a lock of ours, but may be one of another program: it has as long as an unknown owner.
  if (!names) return isAlive(path, path);
  const held = await Promise.all(names.map((name) => isAlive(path, join(path, name))));
  return held.some(Boolean);
}

/** Whether an owner lives; if not, its file is removed. */
async function isAlive(path: string, file: string): Promise<boolean> {
  try {
    if (await isOwned(file)) return true;
    await unlink(file);
    if (file !== path) await removeEmpty(path);
  } catch (error) {
    ignoreMissing(error); // released in the meantime
  }
  return false;
}

async function isOwned(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file);
  const isRecent = Date.now() - mtimeMs < staleMs;
  const state = ownerState(basename(file));
  return state === "unknown" ? isRecent : state === "running";
}

/** Removes what processes left that were killed while they waited for the lock. */
async function removeLeftovers(path: string): Promise<void> {
  const [dir, start] = [dirname(path), `${basename(path)}.`];
  const names = await readdir(dir).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(start) || !isOwnerName(name.slice(start.length))) continue;
    const left = join(dir, name);
    if (!(await isHeld(left).catch(() => true))) await rmdir(left).catch(() => undefined);
  }
}

async function removeEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error) => {
    const code = systemCode(error);
    // The next holder has it already.
    if (code !== "ENOTEMPTY" && code !== "EEXIST") ignoreMissing(error);
  });
}

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== "ENOENT") throw error;
}
