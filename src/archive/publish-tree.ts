/** Moves a staged directory tree to its target, all of it or nothing. */
import type { Stats } from "node:fs";
import { link, lstat, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveError } from "../errors.ts";
import { systemCode } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { whenFileFree } from "../files/when-file-free.ts";

interface Move {
  readonly from: string;
  readonly to: string;
  /** Whether the target exists already. */
  readonly replaces: boolean;
}

/**
 * Moves the contents of `from` into `to`, then calls `seal`. If any step fails, everything is moved back. A directory
 * that doesn't exist in the target is moved as a whole; in existing directories, files replace those of the same name.
 * Nothing is written through a link.
 *
 * @param aside an empty directory on the same disk for replaced files
 * @throws ArchiveError `VOXRX_UNSAFE_ENTRY` before anything is moved, if a file would replace a link or a directory, or
 * a directory a file
 */
export async function publish(from: string, to: string, aside: string, seal: () => Promise<void>): Promise<void> {
  const moves: Move[] = [];
  await plan(from, to, moves);
  await makeDirectory(aside);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const [n, move] of moves.entries()) await moveOne(move, join(aside, String(n)), undo);
    await seal();
  } catch (error) {
    for (const back of undo.reverse()) await back();
    throw error;
  }
}

async function plan(from: string, to: string, moves: Move[]): Promise<void> {
  for (const entry of await whenFileFree(() => readdir(from, { withFileTypes: true }))) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    const there = await statIfThere(target);
    if (!there) moves.push({ from: source, to: target, replaces: false });
    else if (there.isDirectory() && entry.isDirectory()) await plan(source, target, moves);
    else if (there.isFile() && entry.isFile()) moves.push({ from: source, to: target, replaces: true });
    else throw targetTaken(target, there);
  }
}

async function moveOne({ from, to, replaces }: Move, backup: string, undo: (() => Promise<void>)[]): Promise<void> {
  if (!replaces) {
    await rename(from, to);
    undo.push(() => rename(to, from));
    return;
  }
  await link(to, backup).catch(() => rename(to, backup)); // some file systems don't support hard links
  undo.push(() => rename(backup, to));
  await rename(from, to);
}

function targetTaken(target: string, there: Stats): ArchiveError {
  const what = there.isSymbolicLink() ? "a link" : there.isDirectory() ? "a directory" : "a file";
  return new ArchiveError("VOXRX_UNSAFE_ENTRY", `the target directory already contains ${what} of this name`, {
    file: target,
    remedy: "Remove it, or extract into another directory.",
  });
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
