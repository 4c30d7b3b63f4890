/** One worker at a time on a file or folder, among all calls of this process and all processes of this machine. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { systemCode } from "./disk-failure.ts";

const pollMs = 100;
const beatMs = 5_000;
/** A lock of another machine that was not touched for so long belongs to a dead process. */
const staleMs = 60_000;

const ownerSchema = z.object({ pid: z.int(), host: z.string(), id: z.string() });
const queues = new Map<string, Promise<void>>();
const mine = new Set<string>();

/**
 * Runs `work` while nobody else holds the lock file at `path`, in a folder that is made if need be. A lock left by a killed process is
 * taken over: at once if it ran on this machine, else once its owner has not been heard of for a minute.
 */
export async function withFileLock<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>) {
  const before = queues.get(path);
  let leave = () => {};
  const turn = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const mineDone = (before ?? Promise.resolve()).then(() => turn);
  queues.set(path, mineDone);
  try {
    if (before) await orAborted(before, signal);
    const release = await acquire(path, signal);
    try {
      return await work();
    } finally {
      await release();
    }
  } finally {
    leave();
    void mineDone.then(() => {
      if (queues.get(path) === mineDone) queues.delete(path);
    });
  }
}

/** Waits for a promise, or rejects with the signal's reason as soon as it is aborted. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function acquire(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const id = randomUUID();
  const text = JSON.stringify({ pid: process.pid, host: hostname(), id });
  while (!(await place(path, id, text))) {
    signal?.throwIfAborted();
    if (!(await isHeld(path))) await takeAway(path);
    else await wait(pollMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
  mine.add(id);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // only tells other machines that we live; release() reports what matters
  }, beatMs);
  beat.unref();
  return async () => {
    clearInterval(beat);
    mine.delete(id);
    await unlink(path).catch(ignoreMissing);
  };
}

/** Puts the lock in place whole, so that nobody ever reads half of it. */
async function place(path: string, id: string, text: string): Promise<boolean> {
  const own = `${path}.${id}`;
  await mkdir(dirname(path), { recursive: true }); // who held it before us may have tidied up the folder
  await writeFile(own, text);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    return await placeWithoutLinks(path, text);
  } finally {
    await unlink(own).catch(ignoreMissing);
  }
}

/** For file systems that know no hard links. */
async function placeWithoutLinks(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    const owner = ownerSchema.safeParse(parseJson(await readFile(path, "utf8")));
    if (!owner.success || owner.data.host !== hostname()) return Date.now() - mtimeMs < staleMs;
    const { pid, id } = owner.data;
    return pid === process.pid ? mine.has(id) : isAlive(pid);
  } catch (error) {
    ignoreMissing(error);
    return true; // released while we looked: the next round places ours
  }
}

/** Removes a dead owner's lock. It is moved first: what turns out to be a newer, living one is put back. */
async function takeAway(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if (await isHeld(aside)) await link(aside, path);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") ignoreMissing(error);
  } finally {
    await unlink(aside).catch(ignoreMissing);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/** JSON, or undefined where a text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== "ENOENT") throw error;
}
