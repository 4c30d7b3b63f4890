/**
 * Keeps commits to a directory, and openings of it by other processes, apart. When lmdb (3.5) opens a file, it reads the
 * number of the latest transaction and then sets the number that all processes share. What another process committed in
 * between would be overwritten, which damages the file and can end both processes.
 *
 * Who commits first shows that, then looks for an opening; who opens first shows that, then looks for commits. So one of
 * them sees the other and waits.
 */
import { existsSync, mkdirSync, rmdirSync, utimesSync } from "node:fs";
import { readdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { delay } from "../../async/delay.ts";
import { systemCode } from "../../files/disk-failure.ts";
import { isFileLockHeld, withFileLock } from "../../files/file-lock.ts";
import { newOwner, ownerState } from "../../files/owner-name.ts";

const openingName = "opening.lock";
const committing = "committing.";
const firstPollMs = 1;
const longestPollMs = 20;
/** A process that was stopped in the middle of a commit must not keep others from reading. */
const longestCommitMs = 60_000;
/** While commits follow each other without a pause, this process shows that often that it lives. */
const beatMs = 5_000;

/** The commits of one process to a directory. */
export class CommitGate {
  readonly #opening: string;
  /** A directory that is there during commits. Its name says whose they are, for as long as this process lives. */
  readonly #own: string;
  #isShown = false;
  #shownAt = 0;
  /** Commits in work. */
  #count = 0;

  constructor(dir: string) {
    this.#opening = join(dir, openingName);
    this.#own = join(dir, `${committing}${newOwner()}`);
  }

  /** Runs a write, once no other process opens the directory. */
  run<T>(write: () => Promise<T>): Promise<T> {
    return this.#tryEnter() ? this.#inside(write) : this.#runLater(write);
  }

  /** Removes its directory now: nothing of a closed store stays. */
  close(): void {
    this.#hide();
  }

  async #runLater<T>(write: () => Promise<T>): Promise<T> {
    for (let pause = firstPollMs; !this.#tryEnter(); pause = Math.min(longestPollMs, 2 * pause)) {
      if (await isFileLockHeld(this.#opening)) await delay(pause, undefined);
      // A killed process left it. If another one takes it at this moment, it is not empty.
      else await rmdir(this.#opening).catch(() => undefined);
    }
    return this.#inside(write);
  }

  async #inside<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } finally {
      this.#count--;
      // Often the next commit follows at once.
      if (this.#count === 0) setImmediate(() => this.#hide());
    }
  }

  #tryEnter(): boolean {
    if (!this.#isShown) this.#show();
    else if (Math.abs(Date.now() - this.#shownAt) > beatMs) this.#beat();
    if (!existsSync(this.#opening)) {
      this.#count++;
      return true;
    }
    this.#hide();
    return false;
  }

  #show(): void {
    try {
      mkdirSync(this.#own);
      this.#isShown = true;
      this.#shownAt = Date.now();
    } catch {
      // A full disk, or the directory was deleted. Entries can still be removed.
    }
  }

  #beat(): void {
    this.#shownAt = Date.now();
    try {
      utimesSync(this.#own, new Date(), new Date());
    } catch {
      // The whole directory was deleted; the next write notices.
    }
  }

  #hide(): void {
    if (this.#count > 0 || !this.#isShown) return;
    this.#isShown = false;
    try {
      rmdirSync(this.#own);
    } catch {
      // The whole directory was deleted; the next write notices.
    }
  }
}

/** Opens a directory, and writes what belongs to that, while no other process commits to it or opens it. */
export async function whileNobodyCommits<T>(dir: string, open: () => Promise<T>): Promise<T> {
  let isBegun = false;
  const begin = async () => {
    isBegun = true;
    await untilNobodyCommits(dir);
    return open();
  };
  try {
    return await withFileLock(join(dir, openingName), undefined, begin);
  } catch (error) {
    // What is on a full disk can still be read, and removed.
    if (!isBegun && ["ENOSPC", "EDQUOT"].includes(systemCode(error) ?? "")) return open();
    throw error;
  }
}

async function untilNobodyCommits(dir: string): Promise<void> {
  const begun = performance.now();
  for (let pause = firstPollMs; await isAnyCommitting(dir); pause = Math.min(longestPollMs, 2 * pause)) {
    if (performance.now() - begun > longestCommitMs) return;
    await delay(pause, undefined);
  }
}

async function isAnyCommitting(dir: string): Promise<boolean> {
  const names = (await readdir(dir)).filter((name) => name.startsWith(committing));
  const found = await Promise.all(names.map((name) => isCommitting(join(dir, name), name.slice(committing.length))));
  return found.includes(true);
}

async function isCommitting(path: string, owner: string): Promise<boolean> {
  const state = ownerState(owner);
  if (state === "ended") await rmdir(path).catch(() => undefined);
  if (state !== "unknown") return state === "running";
  const there = await stat(path).catch(() => undefined);
  return there !== undefined && Date.now() - there.mtimeMs < longestCommitMs;
}
