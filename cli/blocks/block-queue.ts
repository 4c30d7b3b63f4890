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
import type { BlockWork } from "./block-work.ts";
import { QueueConnection, queueLibraries } from "./queue-connection.ts";

/** Jobs that are added at a time. */
const addedAtOnce = 500;
/** Whoever adds jobs and shows no sign of life for this long has died, in ms. */
const addingMs = 5_000;
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
}

/** See the file. */
export class BlockQueue {
  readonly #options: BlockQueueOptions;
  #filling: Promise<void> | undefined;

  constructor(options: BlockQueueOptions) {
    this.#options = options;
  }

  /**
   * Adds jobs of open blocks that have none, in the background. While there are as many jobs as open blocks, and workers
   * find something to do, none is missing.
   */
  fill(open: readonly Block[], isDrained: boolean): void {
    if (!this.#options.connection.isReady) return;
    // What fails is tried again at the next look: the server is lost, or about to be.
    this.#filling ??= this.#fill(open, isDrained)
      .catch(() => undefined)
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async #fill(open: readonly Block[], isDrained: boolean): Promise<void> {
    const { queue, isInWork, work } = this.#options;
    const counts = await queue.getJobCounts(...openStates);
    const jobs = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (jobs >= open.length && !isDrained) return;
    const known = new Set(await queue.getRanges([...openStates], 0, -1));
    const missing = open.filter((block) => !known.has(block.shard) && !isInWork(block));
    if (missing.length === 0 || !(await this.#mayAdd())) return;
    try {
      const ended = new Set(await queue.getRanges(["completed", "failed"], 0, -1));
      // Others may have done some meanwhile.
      const left = await work.open(missing);
      for (let from = 0; from < left.length; from += addedAtOnce)
        await this.#add(left.slice(from, from + addedAtOnce), ended);
    } finally {
      await this.#options.connection.client.del(this.#addingKey);
    }
  }

  async #add(blocks: readonly Block[], ended: ReadonlySet<string>): Promise<void> {
    const { queue, connection } = this.#options;
    // The directory says that they are open: they were tried again on demand, or their shards were removed.
    for (const { shard } of blocks) if (ended.has(shard)) await queue.remove(shard);
    await queue.addBulk(
      blocks.map(({ block, shard, items }) => ({
        name: `block ${block}`,
        data: { block, shard, items: items.length },
        opts: { jobId: shard, attempts: mostTries, backoff: { type: "custom" }, stackTraceLimit: 0 },
      })),
    );
    await connection.client.pexpire(this.#addingKey, addingMs);
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
 * @throws UsageError, PipelineError `VOXRX_QUEUE_UNREACHABLE`, FormatError `VOXRX_MISSING_LIBRARY`
 */
export async function queueCounts(url: string, layout: OutputLayout): Promise<QueueCounts | undefined> {
  const connection = await QueueConnection.open(url, 5_000);
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
  } finally {
    await connection.close();
  }
}
