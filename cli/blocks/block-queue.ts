/**
 * The queue of an output on a Redis server. It hands out blocks and shows how far they are; which ones are done is known
 * from the directory, so a queue that has lost jobs gets them again.
 */
import type { Queue } from "bullmq";
import type { Block, BlockSettings } from "../../src/blocks/block-manifest.ts";
import { readManifest } from "../../src/blocks/manifest-file.ts";
import { outputId, readOutputId } from "../../src/blocks/output-id.ts";
import type { OutputLayout } from "../../src/blocks/output-layout.ts";
import { digest } from "../../src/fingerprint/fingerprint.ts";
import { isRecord } from "../../src/item/record.ts";
import { warn } from "../../src/warnings.ts";
import type { BlockWork } from "./block-work.ts";
import { QueueConnection, queueLibraries } from "./queue-connection.ts";
import { refusedBy } from "./queue-refusals.ts";

/** Jobs that are added at a time. */
const addedAtOnce = 500;
/** Whoever adds jobs and shows no sign of life for this long has died, in ms. */
const addingMs = 5_000;
/** How long a look at the queue waits for the server, in ms. */
const lookMs = 5_000;
/** More tries than a block gets before it is set aside, which the directory counts. */
const mostTries = 1_000;
const openStates = ["wait", "active", "delayed", "prioritized"] as const;

/** The queue of an output, as {@link queueCounts} finds it. */
export interface QueueCounts {
  /** Name of the queue, for dashboards. */
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  /** Blocks that failed and are tried again soon. */
  readonly delayed: number;
  /** Blocks that are set aside. */
  readonly failed: number;
  readonly jobs: readonly ActiveJob[];
}

/** A block in work. */
interface ActiveJob {
  readonly shard: string;
  /** Host and process id. */
  readonly worker: string | undefined;
  /** Items that are done. */
  readonly items: number | undefined;
}

/** Name of the queue of an output: the same on every machine. */
export async function queueName(layout: OutputLayout, settings: BlockSettings): Promise<string> {
  return nameOf(await outputId(layout), settings);
}

function nameOf(id: string, { plan, epoch, volumes }: BlockSettings): string {
  return `voxrx-${digest(JSON.stringify([id, plan, epoch, volumes])).slice(0, 12)}`;
}

/** Options of {@link BlockQueue}. */
interface BlockQueueOptions {
  readonly queue: Queue;
  readonly connection: QueueConnection;
  readonly work: BlockWork;
  /** Whether this process computes a block: its job may be lost, and need not come back before it has failed. */
  readonly isInWork: (block: Block) => boolean;
  /** What went wrong when jobs were added. It is tried again at the next look. */
  readonly onError: (error: unknown) => void;
}

/** See the file. */
export class BlockQueue {
  readonly #options: BlockQueueOptions;
  #filling: Promise<void> | undefined;
  #hasToldPaused = false;

  constructor(options: BlockQueueOptions) {
    this.#options = options;
  }

  /**
   * Adds jobs of open blocks that have none, in the background. While there are as many jobs as open blocks, and workers
   * find something to do, none is missing.
   */
  fill(open: readonly Block[], isDrained: boolean): void {
    if (!this.#options.connection.isReady) return;
    this.#filling ??= this.#fill(open, isDrained)
      .catch(this.#options.onError)
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async #fill(open: readonly Block[], isDrained: boolean): Promise<void> {
    const { queue, isInWork, work } = this.#options;
    const counts = await queue.getJobCounts(...openStates);
    const jobs = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (jobs >= open.length && !isDrained) return;
    if (jobs > 0 && (await queue.isPaused())) this.#tellPaused();
    const known = new Set(await queue.getRanges([...openStates], 0, -1));
    const missing = open.filter((block) => !known.has(block.shard) && !isInWork(block));
    if (missing.length === 0 || !(await this.#mayAdd())) return;
    try {
      // Others may have done some meanwhile.
      const left = await work.open(missing);
      for (let from = 0; from < left.length; from += addedAtOnce) await this.#add(left.slice(from, from + addedAtOnce));
    } finally {
      await this.#options.connection.client.del(this.#addingKey);
    }
  }

  async #add(blocks: readonly Block[]): Promise<void> {
    const { queue, connection } = this.#options;
    // A job that is there would not be added, and these are in none of the lists from which workers take: they have
    // ended (the directory says that the block is open again), or the server has lost the list. One that a worker has
    // stays as it is.
    const looks = connection.client.pipeline();
    for (const { shard } of blocks) looks.exists(queue.toKey(shard));
    for (const [n, [error, isThere]] of ((await looks.exec()) ?? []).entries()) {
      if (error) throw error;
      const shard = blocks[n]?.shard;
      if (isThere === 1 && shard !== undefined) await queue.remove(shard);
    }
    await queue.addBulk(
      blocks.map(({ block, shard, items }) => ({
        name: `block ${block}`,
        data: { block, shard, items: items.length },
        opts: { jobId: shard, attempts: mostTries, backoff: { type: "custom" }, stackTraceLimit: 0 },
      })),
    );
    await connection.client.pexpire(this.#addingKey, addingMs);
  }

  #tellPaused(): void {
    if (this.#hasToldPaused) return;
    this.#hasToldPaused = true;
    const message = `the queue ${this.#options.queue.name} is paused, as by a dashboard: workers wait until it is resumed`;
    warn({ code: "VOXRX_QUEUE_WAITS", message });
  }

  get #addingKey(): string {
    return this.#options.queue.toKey("adding");
  }

  /** One worker adds jobs at a time. Several would do no harm, but a thousand that start together would take long. */
  async #mayAdd(): Promise<boolean> {
    return (await this.#options.connection.client.set(this.#addingKey, "1", "PX", addingMs, "NX")) === "OK";
  }
}

/**
 * What is in the queue of an output; undefined if no worker has used one.
 *
 * @throws UsageError, PipelineError `VOXRX_QUEUE_UNREACHABLE`, `VOXRX_QUEUE_REFUSED`, FormatError
 * `VOXRX_MISSING_LIBRARY`
 */
export async function queueCounts(url: string, layout: OutputLayout): Promise<QueueCounts | undefined> {
  const connection = await QueueConnection.open(url, { patienceMs: lookMs, loadingMs: lookMs });
  try {
    const [id, manifest] = [await readOutputId(layout), await readManifest(layout)];
    if (id === undefined || manifest === undefined) return undefined;
    const { Queue } = await queueLibraries();
    const name = nameOf(id, manifest.manifest);
    const queue = new Queue(name, { connection: connection.client, skipMetasUpdate: true });
    queue.on("error", () => undefined); // what failed because of it throws
    const counts = await queue.getJobCounts("wait", "active", "delayed", "failed");
    const jobs = await queue.getJobs(["active"]);
    const { wait: waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
    return {
      ...{ queue: name, waiting, active, delayed, failed },
      jobs: jobs.map(({ id: shard = "", processedBy: worker, progress }) => ({
        ...{ shard, worker },
        items: isRecord(progress) && typeof progress.items === "number" ? progress.items : undefined,
      })),
    };
  } catch (error) {
    throw refusedBy(connection.shown, error) ?? error;
  } finally {
    await connection.close();
  }
}
