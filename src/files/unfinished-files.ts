/**
 * Unfinished files and directories: they lie next to what they become, as `NAME.OWNER.tmp`, and OWNER says which call of
 * which process writes them. What a killed process left is removed by the next call that writes in the directory.
 */
import type { BigIntStats } from "node:fs";
import { lstat, open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { endOwner, isOwnerName, newOwner, ownerState } from "./owner-name.ts";

/** If the system can't tell whether an owner still runs, what it left is removed when it is this old. */
const abandonedMs = 24 * 3_600_000;
/** Bytes of a name that are kept; a file name has at most 255. */
const mostNameBytes = 160;

/** The path of something unfinished. */
export interface Unfinished {
  readonly path: string;
  readonly owner: string;
}

/** A path for what will become the file or directory at `path`. Call {@link endUnfinished} when it is moved or removed. */
export function newUnfinished(path: string): Unfinished {
  const owner = newOwner();
  const start = new TextDecoder()
    .decode(Buffer.from(basename(path)).subarray(0, mostNameBytes))
    .replace(/\ufffd+$/, "");
  return { path: join(dirname(path), `${start}.${owner}.tmp`), owner };
}

export function endUnfinished({ owner }: Unfinished): void {
  endOwner(owner);
}

/** Calls since a directory was looked through, by path. */
const visits = new Map<string, { left: number }>();

/**
 * Removes what killed processes left unfinished in a directory. A large directory is not looked through at each call, so
 * that writing many files takes no more than twice the time.
 */
export async function removeLeftovers(dir: string): Promise<void> {
  const visit = visits.get(dir);
  if (visit && visit.left-- > 0) return;
  const names = await readdir(dir).catch(() => []);
  visits.delete(dir);
  if (visits.size >= 1_000) visits.clear();
  visits.set(dir, { left: Math.floor(names.length / 16) });
  for (const name of names) {
    const [, owner = ""] = /\.([^.]+)\.tmp$/.exec(name) ?? [];
    if (isOwnerName(owner) && (await isLeftover(join(dir, name), owner))) await removeLeftover(join(dir, name));
  }
}

/** Files of which a leftover was another name, with the time at which removing that name changed them. */
const unnamed = new Map<string, bigint>();
const mostUnnamed = 10_000;

async function removeLeftover(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  // A process was killed after it gave a complete file its final name, and before it removed the other one.
  const isSecondName = found?.isFile() && found.nlink > 1;
  const handle = isSecondName ? await open(path).catch(() => undefined) : undefined;
  try {
    await rm(path, { recursive: true, force: true });
    const { dev, ino, ctimeNs } = (await handle?.stat({ bigint: true })) ?? {};
    if (ctimeNs === undefined) return;
    if (unnamed.size >= mostUnnamed) unnamed.clear();
    unnamed.set(`${dev} ${ino}`, ctimeNs);
  } catch {
    // Another call may do better.
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** Whether the last change of a file was that {@link removeLeftovers} removed another name of it. */
export function wasOnlyUnnamed({ dev, ino, ctimeNs }: BigIntStats): boolean {
  return unnamed.get(`${dev} ${ino}`) === ctimeNs;
}

async function isLeftover(path: string, owner: string): Promise<boolean> {
  const state = ownerState(owner);
  if (state !== "unknown") return state === "ended";
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > abandonedMs;
}
