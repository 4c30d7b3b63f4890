/** Blocks from a queue (BullMQ on Redis): for any number of workers that come and go, whose work can be watched live. */

import { hostname } from "node:os";
import type { Job, Queue, Worker } from "bullmq";
import { delay } from "../../src/async/delay.ts";
import { onAbort } from "../../src/async/on-abort.ts";
import { untilAborted } from "../../src/async/until-aborted.ts";
import type { BlockFailure } from "../../src/blocks/block-failures.ts";
import type { Block } from "../../src/blocks/block-manifest.ts";
import { readManifest } from "../../src/blocks/manifest-file.ts";
import { messageOf, type PipelineError } from "../../src/errors.ts";
import { warn } from "../../src/warnings.ts";
import { printNotice } from "../print.ts";
import { BlockQueue, queueName } from "./block-queue.ts";
import type { BlockOutcome, BlockWork } from "./block-work.ts";
import { QueueConnection, queueLibraries, unreachable, within } from "./queue-connection.ts";
import { QueueRefusals, refusedBy } from "./queue-refusals.ts";

/** Longest time for which a server is looked for at the start, in ms. */
const startMs = 10_000;
/** A server that is lost, or refuses commands, for so many leases does not come back. */
const lostLeases = 10;
/** Longest time between two tries of a block that fails, in ms. */
const mostBackoffMs = 10_000;
/** Shortest time between two messages about how far a block is, in ms. */
const progressMs = 1_000;
/** How long the end may take, in ms, when all blocks have been given back. */
const partingMs = 2_000;

/**
 * Computes blocks that a queue hands out, until all are done or set aside, whoever computes them.
 *
 * @throws UsageError, PipelineError `VOXRX_QUEUE_UNREACHABLE`, `VOXRX_QUEUE_REFUSED`, FormatError
 * `VOXRX_MISSING_LIBRARY`, BrokenRun, Superseded
 */
export async function computeQueued(
  work: BlockWork,
  blocks: readonly Block[],
  url: string,
  concurrency: number,
  leaseMs: number,
  signal: AbortSignal,
): Promise<void> {
  const patience = { patienceMs: Math.min(startMs, leaseMs), loadingMs: lostLeases * leaseMs };
  const connection = await QueueConnection.open(url, patience, signal);
  try {
    const name = await queueName(work.layout, work.manifest);
    const { Queue } = await queueLibraries();
    const queue = new Queue(name, { connection: connection.client });
    queue.on("error", () => undefined); // the connection tells that it is lost
    await begun(queue, connection, signal);
    printNotice(`queue ${name} on ${connection.shown}`);
    await new QueuedBlocks({ work, blocks, queue, connection, concurrency, leaseMs }, signal).run();
  } finally {
    await connection.close();
  }
}

/** A queue on a server that is too old, or does not say which version it has, never begins. */
async function begun(queue: Queue, { shown }: QueueConnection, signal: AbortSignal): Promise<void> {
  try {
    await untilAborted(queue.waitUntilReady(), AbortSignal.any([signal, AbortSignal.timeout(startMs)]));
  } catch (error) {
    signal.throwIfAborted();
    throw refusedBy(shown, error) ?? unreachable(shown, `can't be used: ${messageOf(error).replace(/\.+$/, "")}`);
  }
}

interface QueuedBlocksOptions {
  readonly work: BlockWork;
  readonly blocks: readonly Block[];
  readonly queue: Queue;
  readonly connection: QueueConnection;
  readonly concurrency: number;
  readonly leaseMs: number;
}

/** One worker of a queue. */
class QueuedBlocks {
  readonly #options: QueuedBlocksOptions;
  readonly #blocks: ReadonlyMap<string, Block>;
  readonly #queue: BlockQueue;
  /** Stops this worker: an error, or the end. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Blocks in work. A job that was lost and added again joins the work on its block. */
  readonly #attempts = new Map<string, Promise<BlockOutcome>>();
  readonly #refusals: QueueRefusals;
  #worker: Worker | undefined;
  #isDrained = false;
  /** Since when no block is in work here, by `performance.now()`. */
  #idleSince = performance.now();
  #wake = new AbortController();

  constructor(options: QueuedBlocksOptions, signal: AbortSignal) {
    this.#options = options;
    const { work, blocks, queue, connection, leaseMs } = options;
    this.#blocks = new Map(blocks.map((block) => [block.shard, block]));
    this.#refusals = new QueueRefusals(connection.shown, lostLeases * leaseMs);
    const isInWork = ({ shard }: Block) => this.#attempts.has(shard);
    this.#queue = new BlockQueue({ work, queue, connection, isInWork, onError: (error) => this.#note(error) });
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
  }

  async run(): Promise<void> {
    const { connection } = this.#options;
    this.#watchConnection();
    const worker = await this.#newWorker();
    this.#worker = worker;
    let pausing: Promise<void> | undefined;
    // It takes no further job, and waits for the end of those that it has.
    const pause = () => {
      pausing ??= worker.pause().catch(() => undefined);
      return pausing;
    };
    const stopListening = onAbort(this.#signal, () => void pause());
    worker.run().catch((error: unknown) => this.#stop.abort(error));
    try {
      await this.#untilDone();
    } catch (error) {
      this.#stop.abort(error);
    } finally {
      stopListening();
      await Promise.allSettled(this.#attempts.values());
      // Without a server, what is left to be said would wait for ever.
      if (connection.isReady) await within(partingMs, pause());
      await within(partingMs, worker.close(true));
    }
    this.#signal.throwIfAborted();
  }

  async #newWorker(): Promise<Worker> {
    const { Worker } = await queueLibraries();
    const { queue, connection, concurrency, leaseMs } = this.#options;
    const worker = new Worker(queue.name, (job, token = "") => this.#process(job, token), {
      ...{ connection: connection.client, autorun: false, concurrency, name: `${hostname()} ${process.pid}` },
      ...{ lockDuration: leaseMs, stalledInterval: leaseMs / 4, runRetryDelay: 1_000 },
      // How often processes died with a block is counted in the directory.
      maxStalledCount: 1_000_000,
      removeOnComplete: { count: 1_000 },
      settings: { backoffStrategy: (tries) => Math.min(mostBackoffMs, leaseMs, 250 * 2 ** (tries - 1)) },
    });
    // Also a lock that was lost, or a job that the server has forgotten: what was computed counts all the same.
    worker.on("error", (error) => this.#note(error));
    worker.on("active", () => this.#refusals.clear());
    worker.on("drained", () => {
      this.#isDrained = true;
      this.#wake.abort();
    });
    return worker;
  }

  #watchConnection(): void {
    const { connection } = this.#options;
    let isTold = false;
    connection.watch({
      onLost: () => {
        // Where it refuses, that was said, and the connection may have been given up here.
        if (isTold || this.#refusals.isRefusing) return;
        isTold = true;
        const message = `the connection to ${connection.shown} is lost; blocks in work go on`;
        warn({ code: "VOXRX_QUEUE_WAITS", message });
      },
      // The server may have forgotten everything.
      onBack: () => {
        this.#isDrained = true;
        if (!this.#refusals.isRefusing) this.#wake.abort();
      },
      onError: (error) => this.#note(error),
    });
  }

  /** Notes what went wrong, if the server refused it: then nothing is taken until the next look at the directory. */
  #note(error: unknown): void {
    if (!this.#refusals.note(error, this.#attempts.size > 0)) return;
    // BullMQ would try again at once, for ever.
    void this.#worker?.pause(true);
    if (this.#refusalThatEnds()) this.#wake.abort();
  }

  #refusalThatEnds(): PipelineError | undefined {
    return this.#attempts.size > 0 ? undefined : this.#refusals.errorSince(this.#idleSince);
  }

  /** Waits until all blocks are done or set aside, and sees to it that those which are not have a job. */
  async #untilDone(): Promise<void> {
    const { work, blocks, leaseMs } = this.#options;
    for (;;) {
      this.#wake = new AbortController();
      const open = await work.open(blocks);
      if (open.length === 0) return;
      this.#options.connection.check();
      this.#endIfGone();
      if (this.#worker?.isPaused()) await this.#worker.resume();
      this.#queue.fill(open, this.#isDrained);
      // With nothing to do, it waits for others.
      const isWaiting = this.#isDrained || this.#refusals.isRefusing || this.#attempts.size === 0;
      const ms = isWaiting ? Math.min(2_000, leaseMs / 6) : leaseMs / 2;
      await delay(ms, AbortSignal.any([this.#signal, this.#wake.signal])).catch(() => undefined);
      this.#signal.throwIfAborted();
    }
  }

  /** @throws PipelineError `VOXRX_QUEUE_UNREACHABLE`, `VOXRX_QUEUE_REFUSED` */
  #endIfGone(): void {
    const { connection, leaseMs } = this.#options;
    const refusal = this.#refusalThatEnds();
    if (refusal) throw refusal;
    if (connection.lostMs < lostLeases * leaseMs || this.#attempts.size > 0) return;
    throw unreachable(connection.shown, `has been away for ${Math.round(connection.lostMs / 1000)} s`);
  }

  /** Computes the block of a job, and throws to have it tried again. */
  async #process(job: Job, token: string): Promise<void> {
    this.#isDrained = false;
    const block = this.#blocks.get(job.id ?? "");
    if (!block) return this.#leave(job, token);
    // At the end, another worker may have the block at once: its process here takes a while to stop.
    const outcome = await untilAborted(this.#attempt(block, job), this.#signal).catch((error: unknown) => {
      this.#stop.abort(error);
      return this.#giveBack(job, token);
    });
    if (outcome.kind === "done") return;
    const { UnrecoverableError } = await queueLibraries();
    const reason = reasonOf(outcome.failure);
    throw outcome.failure.setAside ? new UnrecoverableError(reason) : new Error(reason);
  }

  #attempt(block: Block, job: Job): Promise<BlockOutcome> {
    const { shard, items } = block;
    const running = this.#attempts.get(shard);
    if (running) return running;
    const { work, connection } = this.#options;
    const attempt = work.attempt(block, this.#signal, tellProgress(job, items.length)).finally(() => {
      this.#attempts.delete(shard);
      if (this.#attempts.size > 0) return;
      this.#idleSince = performance.now();
      // Without a server, nothing else would tell before the next look that this was the last block.
      if (this.#isDrained || !connection.isReady) this.#wake.abort();
    });
    this.#attempts.set(shard, attempt);
    return attempt;
  }

  async #giveBack(job: Job, token: string): Promise<never> {
    const { WaitingError } = await queueLibraries();
    await job.moveToWait(token);
    throw new WaitingError();
  }

  /** A block that this worker doesn't know: of a newer manifest, whose workers have it later, or of an older one. */
  async #leave(job: Job, token: string): Promise<void> {
    const { work, leaseMs } = this.#options;
    const manifest = await readManifest(work.layout);
    if (!manifest?.manifest.blocks.some(({ shard }) => shard === job.id)) return;
    const { DelayedError } = await queueLibraries();
    await job.moveToDelayed(Date.now() + leaseMs / 2, token);
    throw new DelayedError();
  }
}

/** Tells the queue how far a block is: one message at a time, however many there are. */
function tellProgress(job: Job, of: number): (items: number) => void {
  let isTelling = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (items) => {
    const now = performance.now();
    if (isTelling || now - toldAt < progressMs) return;
    [isTelling, toldAt] = [true, now];
    void job
      .updateProgress({ items, of })
      .catch(() => undefined) // it is only shown
      .finally(() => {
        isTelling = false;
      });
  };
}

function reasonOf({ faults }: BlockFailure): string {
  const shown = faults.slice(0, 5).map(({ message }) => message);
  const more = faults.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}
