/** File locks: one holder at a time, among all calls in this process and all processes on this machine. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { threadId } from "node:worker_threads";
import * as v from "valibot";
import { delay } from "../async/delay.ts";
import { KeyedQueue } from "../async/keyed-queue.ts";
import { integerSchema } from "../options.ts";
import { systemCode } from "./disk-failure.ts";
import { parseJson } from "./parse-json.ts";
import { isThisProcess, processIdentitySchema, processState, thisProcess } from "./process-identity.ts";

const pollMs = 100;
const beatMs = 5_000;
/** A lock not touched for this long counts as abandoned, if the system can't tell whether its owner still runs. */
const staleMs = 60_000;

/** The owner of a lock: a process, a thread and one call in it. */
const ownerSchema = v.object({ ...processIdentitySchema.entries, thread: integerSchema, id: v.string() });
const withinThread = new KeyedQueue();
/** Ids of the locks held by this thread. */
const held = new Set<string>();

/**
 * Runs `work` while holding the lock file at `path`; its directory is created if missing. A lock left by a killed
 * process is taken over: at once if the system reports that the process ended, otherwise when the lock has not been
 * touched for a minute.
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

async function acquire(path: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const id = randomUUID();
  const owner = JSON.stringify({ ...thisProcess(), thread: threadId, id });
  while (!(await tryCreate(path, id, owner))) {
    signal?.throwIfAborted();
    if (!(await isHeld(path))) await removeAbandoned(path);
    else await delay(pollMs, signal);
  }
  held.add(id);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // only a sign of life for others; release() reports errors that matter
  }, beatMs);
  beat.unref();
  return async () => {
    clearInterval(beat);
    held.delete(id);
    await unlink(path).catch(ignoreMissing);
  };
}

/** Creates the lock file atomically, so that it is never read half-written. */
async function tryCreate(path: string, id: string, owner: string): Promise<boolean> {
  const own = `${path}.${id}`;
  await mkdir(dirname(path), { recursive: true }); // the previous holder may have removed the directory
  await writeFile(own, owner);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    return await tryCreateWithoutLinks(path, owner);
  } finally {
    await unlink(own).catch(ignoreMissing);
  }
}

/** For file systems without hard links. */
async function tryCreateWithoutLinks(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function isHeld(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    const owner = v.safeParse(ownerSchema, parseJson(await readFile(path, "utf8")));
    const isRecent = Date.now() - mtimeMs < staleMs;
    if (!owner.success) return isRecent;
    const { thread, id } = owner.output;
    if (isThisProcess(owner.output)) return thread === threadId ? held.has(id) : isRecent;
    const state = processState(owner.output);
    return state === "unknown" ? isRecent : state === "running";
  } catch (error) {
    ignoreMissing(error);
    return true; // released in the meantime: the next round creates ours
  }
}

/** Removes an abandoned lock. It is renamed first: if it turns out to be a newer lock that is held, it is put back. */
async function removeAbandoned(path: string): Promise<void> {
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

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== "ENOENT") throw error;
}
