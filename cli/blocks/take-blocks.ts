/** How the processes of one command get their blocks: as a fixed part of them, or by claims. */
import { randomInt } from "node:crypto";
import { delay } from "../../src/async/delay.ts";
import { BlockClaims } from "../../src/blocks/block-claims.ts";
import type { Block } from "../../src/blocks/block-manifest.ts";
import { type BlockWork, Superseded } from "./block-work.ts";

/** One of several parts, counted from 0. */
export interface Part {
  readonly rank: number;
  readonly worldSize: number;
}

/** The blocks of a part. They are the same whatever was done before. */
export function blocksOfPart(blocks: readonly Block[], { rank, worldSize }: Part): readonly Block[] {
  return blocks.filter(({ block }) => block % worldSize === rank);
}

/** Computes some blocks, a number of them at the same time, until all are done or set aside. */
export async function computePart(
  work: BlockWork,
  blocks: readonly Block[],
  concurrency: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const left = [...(await work.open(blocks))];
    if (left.length === 0) return;
    await eachAtOnce(concurrency, signal, async (inside) => {
      for (let block = left.shift(); block; block = left.shift()) await work.attempt(block, inside);
    });
  }
}

/**
 * Computes blocks that nobody else works on, until all are done or set aside: waits for those of others, and takes over
 * the ones of workers that are gone.
 */
export async function computeClaimed(
  work: BlockWork,
  blocks: readonly Block[],
  concurrency: number,
  leaseMs: number,
  signal: AbortSignal,
): Promise<void> {
  const claims = new BlockClaims(work.layout, leaseMs);
  const first = blocks.length > 0 ? randomInt(blocks.length) : 0;
  // Workers that start at the same time don't go for the same blocks.
  const turned = [...blocks.slice(first), ...blocks.slice(0, first)];
  const candidates = new Candidates(work, claims, turned);
  await eachAtOnce(concurrency, signal, async (inside) => {
    for (;;) {
      const block = await candidates.next();
      if (block === "none") return;
      if (block === "wait") {
        await candidates.change(Math.min(2_000, leaseMs / 6), inside);
        continue;
      }
      const claim = await claims.claim(block.shard);
      try {
        if (claim) await work.attempt(block, inside);
      } finally {
        candidates.leave(block);
        await claim?.release();
      }
    }
  });
}

/** How long a look at the directory counts, in ms. */
const lookMs = 1_000;

/** The blocks that could be claimed. */
class Candidates {
  readonly #work: BlockWork;
  readonly #claims: BlockClaims;
  readonly #blocks: readonly Block[];
  readonly #own = new Set<Block>();
  #free: Block[] = [];
  #isOpen = true;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #left = new AbortController();

  constructor(work: BlockWork, claims: BlockClaims, blocks: readonly Block[]) {
    this.#work = work;
    this.#claims = claims;
    this.#blocks = blocks;
  }

  /** A block to claim; `wait` if others work on all that are left, `none` if none is left. */
  async next(): Promise<Block | "wait" | "none"> {
    if (this.#free.length === 0) await this.#look();
    const block = this.#free.shift();
    if (!block) return this.#isOpen || this.#own.size > 0 ? "wait" : "none";
    this.#own.add(block);
    return block;
  }

  leave(block: Block): void {
    this.#own.delete(block);
    // It may be the last one, or have failed.
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    this.#left.abort();
    this.#left = new AbortController();
  }

  /** Waits until a block of this process is left, or for what others have done, at most `ms`. */
  async change(ms: number, signal: AbortSignal): Promise<void> {
    await delay(ms, AbortSignal.any([signal, this.#left.signal])).catch(() => undefined);
    signal.throwIfAborted();
  }

  async #look(): Promise<void> {
    if (performance.now() - this.#lookedAt < lookMs) return;
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #lookNow(): Promise<void> {
    const open = await this.#work.open(this.#blocks);
    const done = await this.#work.layout.done();
    const taken = await this.#claims.taken(done);
    this.#lookedAt = performance.now();
    this.#isOpen = open.length > 0;
    this.#free = open.filter((block) => !this.#own.has(block) && !taken.has(block.shard));
  }
}

/** Runs work several times at once. If one fails, the others are aborted, and waited for. */
async function eachAtOnce(
  concurrency: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const inside = AbortSignal.any([signal, stop.signal]);
  let superseded: Superseded | undefined;
  await Promise.allSettled(
    Array.from({ length: concurrency }, () =>
      work(inside).catch((error: unknown) => {
        // What the others have in work is of use all the same.
        if (error instanceof Superseded) superseded = error;
        else stop.abort(error);
        throw error;
      }),
    ),
  );
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
  if (superseded) throw superseded;
}
