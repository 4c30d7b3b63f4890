/** Moves a staged tree into its target, all of it or nothing. */
import type { Stats } from "node:fs";
import { link, lstat, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveError } from "../errors.ts";
import { systemCode } from "../files/disk-failure.ts";

interface Move {
  readonly from: string;
  readonly to: string;
  /** Whether a file lies there now. */
  readonly replaces: boolean;
}

/**
 * Moves what lies in `from` into `to`, then calls `seal`. If any of it fails, everything is put back. A folder that is new in the
 * target moves as a whole; files in folders that are there already replace those of their name. Nothing is written through a link.
 *
 * @param aside an empty folder on the same disk for what is replaced
 * @throws ArchiveError `VOXRX_UNSAFE_ENTRY` before anything moved, if a link or a folder stands where a file goes, or the reverse
 */
export async function publish(from: string, to: string, aside: string, seal: () => Promise<void>): Promise<void> {
  const moves: Move[] = [];
  await plan(from, to, moves);
  await mkdir(aside, { recursive: true });
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const [n, move] of moves.entries()) await carry(move, join(aside, String(n)), undo);
    await seal();
  } catch (error) {
    for (const back of undo.reverse()) await back();
    throw error;
  }
}

async function plan(from: string, to: string, moves: Move[]): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    const there = await lookAt(target);
    if (!there) moves.push({ from: source, to: target, replaces: false });
    else if (there.isDirectory() && entry.isDirectory()) await plan(source, target, moves);
    else if (there.isFile() && entry.isFile()) moves.push({ from: source, to: target, replaces: true });
    else throw inTheWay(target, there);
  }
}

async function carry({ from, to, replaces }: Move, backup: string, undo: (() => Promise<void>)[]): Promise<void> {
  if (!replaces) {
    await rename(from, to);
    undo.push(() => rename(to, from));
    return;
  }
  await link(to, backup).catch(() => rename(to, backup)); // some disks know no hard links
  undo.push(() => rename(backup, to));
  await rename(from, to);
}

function inTheWay(target: string, there: Stats): ArchiveError {
  const what = there.isSymbolicLink() ? "a link" : there.isDirectory() ? "a folder" : "a file";
  return new ArchiveError("VOXRX_UNSAFE_ENTRY", `${what} is in the way in the target folder`, {
    file: target,
    remedy: "Remove it, or extract into another folder.",
  });
}

async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
