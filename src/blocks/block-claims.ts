/**
 * Claims on blocks in a shared directory. They only save work: whoever computes a block writes the same bytes.
 *
 * A claim is a file, made with O_EXCL, whose name has the block and a turn. Its owner counts up in it as long as it
 * lives. If the count stands still for a lease, by the clock of the one who looks at it, the owner counts as dead, and
 * the next turn may be claimed. Clocks of different machines are never compared.
 */
import { open, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemCode } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { endOwner, newOwner, ownerState } from "../files/owner-name.ts";
import { namesIn, type OutputLayout, stemOf } from "./output-layout.ts";

/** A claim that this process holds. */
export interface Claim {
  readonly shard: string;
  /** How many claims of dead workers there were before. */
  readonly takenOver: number;
  /** Gives the block back. Claims that dead workers left on it are removed, too. */
  release(): Promise<void>;
}

/** A claim as others see it. */
export interface SeenClaim {
  readonly shard: string;
  readonly turn: number;
  readonly owner: string;
  readonly host: string;
  readonly count: number;
}

interface Seen {
  readonly text: string;
  /** By the clock of this process that only goes forward. */
  readonly since: number;
}

/** The claims of one process. */
export class BlockClaims {
  readonly #layout: OutputLayout;
  readonly #leaseMs: number;
  /** Claims of others as they were when they last changed, by file name. */
  readonly #seen = new Map<string, Seen>();

  constructor(layout: OutputLayout, leaseMs: number) {
    this.#layout = layout;
    this.#leaseMs = leaseMs;
  }

  /**
   * The blocks that others seem to work on. What is seen for the first time counts as alive. Claims on blocks that are
   * done are removed: their owners died after the last step.
   */
  async taken(done: ReadonlySet<string> = new Set()): Promise<ReadonlySet<string>> {
    const taken = new Set<string>();
    for (const [stem, turns] of await claimsIn(this.#layout)) {
      const latest = Math.max(...turns);
      const isAlive = await this.#isAlive(nameOf(stem, latest));
      if (isAlive) taken.add(`${stem}.tar`);
      else if (done.has(`${stem}.tar`)) await this.#remove(stem, latest);
    }
    return taken;
  }

  /** Claims a block; undefined if somebody else works on it. */
  async claim(shard: string): Promise<Claim | undefined> {
    const stem = stemOf(shard);
    await makeDirectory(this.#layout.claims);
    const turns = (await claimsIn(this.#layout)).get(stem) ?? [];
    const latest = Math.max(0, ...turns);
    if (latest > 0 && (await this.#isAlive(nameOf(stem, latest)))) return undefined;
    const turn = latest + 1;
    const path = join(this.#layout.claims, nameOf(stem, turn));
    const owner = newOwner();
    if (!(await create(path, claimText(owner, 0)))) {
      endOwner(owner);
      return undefined;
    }
    const stop = this.#keepAlive(path, owner);
    const release = async () => {
      stop();
      endOwner(owner);
      await this.#remove(stem, turn);
    };
    return { shard, takenOver: latest, release };
  }

  async #remove(stem: string, latest: number): Promise<void> {
    for (let turn = 1; turn <= latest; turn++) await rm(join(this.#layout.claims, nameOf(stem, turn)), { force: true });
  }

  /** Counts up in a claim. What fails is tried again at the next beat: at worst, somebody repeats the work. */
  #keepAlive(path: string, owner: string): () => void {
    let count = 0;
    const beat = setInterval(() => {
      void overwrite(path, claimText(owner, ++count)).catch(() => undefined);
    }, this.#leaseMs / 6);
    beat.unref();
    return () => clearInterval(beat);
  }

  async #isAlive(name: string): Promise<boolean> {
    const text = await readFile(join(this.#layout.claims, name), "utf8").catch(() => undefined);
    if (text === undefined) return false; // released in the meantime
    const { owner } = parseClaim(text);
    if (ownerState(owner) === "ended") return false;
    const now = performance.now();
    const seen = this.#seen.get(name);
    if (seen?.text === text) return now - seen.since < this.#leaseMs;
    this.#seen.set(name, { text, since: now });
    return true;
  }
}

/** All claims of workers that are not known to have ended. */
export async function seenClaims(layout: OutputLayout): Promise<readonly SeenClaim[]> {
  const claims: SeenClaim[] = [];
  for (const [stem, turns] of await claimsIn(layout)) {
    const turn = Math.max(...turns);
    const text = await readFile(join(layout.claims, nameOf(stem, turn)), "utf8").catch(() => undefined);
    const claim = parseClaim(text ?? "");
    if (ownerState(claim.owner) !== "ended") claims.push({ shard: `${stem}.tar`, turn, ...claim });
  }
  return claims;
}

/** Turns by block. */
async function claimsIn({ claims }: OutputLayout): Promise<ReadonlyMap<string, readonly number[]>> {
  const turns = new Map<string, number[]>();
  for (const name of await namesIn(claims)) {
    const [, stem = "", turn] = /^(block-.*)\.(\d{1,9})$/.exec(name) ?? [];
    if (turn !== undefined) turns.set(stem, [...(turns.get(stem) ?? []), Number(turn)]);
  }
  return turns;
}

function nameOf(stem: string, turn: number): string {
  return `${stem}.${turn}`;
}

/** Of the same length whatever the count is: a reader sees one count or the other, or a mixture, which is a change too. */
function claimText(owner: string, count: number): string {
  return `${String(count).padStart(12, "0")} ${owner} ${hostname()}\n`;
}

function parseClaim(text: string): { readonly owner: string; readonly host: string; readonly count: number } {
  const [count = "0", owner = "", host = ""] = text.trim().split(" ");
  return { owner, host, count: Number(count) };
}

/** False if the file exists. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(text);
    } catch (error) {
      // An empty claim would hold the block for a lease.
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** A claim that was removed is not made again. */
async function overwrite(path: string, text: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}
