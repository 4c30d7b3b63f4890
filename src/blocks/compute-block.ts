/** Computes a block: its items become one shard, and a marker says that it is done. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import * as v from "valibot";
import { sampleKeyOf } from "../archive/sample-key.ts";
import { EventLoopTurns } from "../async/event-loop-turn.ts";
import { isVoxRxError } from "../errors.ts";
import { reasonOfWrite } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { writeAtomically, writeFailed } from "../files/write-atomically.ts";
import { integerSchema } from "../options.ts";
import type { Inspection } from "../plan/inspection.ts";
import { isItemFailure, itemFailure } from "../plan/item-failure.ts";
import { type Entry, open, type Run } from "../plan/stage.ts";
import { sampleFiles, unstorable } from "../shards/sample-files.ts";
import { indexOfShard } from "../shards/shard-index.ts";
import { type PackedSample, packSample, UnfinishedShard } from "../shards/unfinished-shard.ts";
import { warn } from "../warnings.ts";
import { type BlockFault, faultOf } from "./block-failures.ts";
import { BlockInputs } from "./block-inputs.ts";
import type { DividedPlan } from "./divided-plan.ts";
import { OutputLayout } from "./output-layout.ts";

/** A block to compute, as a message to another process. */
export interface BlockJob {
  readonly block: number;
  readonly shard: string;
  readonly items: readonly string[];
  /** Where the items are expected in the list of the plan. */
  readonly places: readonly number[];
  /** Items that failed before: they are computed first, and alone, so that the others need not be. */
  readonly failedBefore: readonly string[];
  readonly dir: string;
  readonly epoch: number;
  readonly volumes: "nii" | "nii.gz";
}

const fromZero = v.pipe(integerSchema, v.minValue(0));
const markerSchema = v.object({
  version: v.literal(1),
  block: fromZero,
  /** Samples in the shard. */
  items: fromZero,
  /** Length of the shard. */
  bytes: fromZero,
  /** SHA-256 of the shard's index. */
  index: v.string(),
});

/** What is said of a block that is done. */
export type BlockMarker = v.InferOutput<typeof markerSchema>;

/** How it ended: done, or some items failed. */
export type BlockResult = { readonly done: BlockMarker } | { readonly faults: readonly BlockFault[] };

/** Of a block with more faults than this, the other items are not tried. */
const mostFaults = 100;

const diskCodes: ReadonlySet<string> = new Set(["VOXRX_WRITE_FAILED", "VOXRX_DISK_FULL", "VOXRX_STORE_FULL"]);

/** The marker of a shard; undefined if there is none that can be read. */
export async function readMarker(layout: OutputLayout, shard: string): Promise<BlockMarker | undefined> {
  const text = await readFile(layout.marker(shard), "utf8").catch(() => undefined);
  try {
    const read = v.safeParse(markerSchema, JSON.parse(text ?? ""));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the shard and its index are those that the marker speaks of. The samples are not read. */
export async function isIntact(layout: OutputLayout, shard: string): Promise<boolean> {
  const marker = await readMarker(layout, shard);
  const path = layout.shard(shard);
  const found = await stat(path).catch(() => undefined);
  const index = await readFile(indexOfShard(path)).catch(() => undefined);
  if (!marker || !index || !found?.isFile()) return false;
  return found.size === marker.bytes && createHash("sha256").update(index).digest("hex") === marker.index;
}

/**
 * Computes the items of a block in their order, and writes the shard, its index and the marker, each complete or not at
 * all. Doing it again, also at the same time, writes the same bytes. All items are tried, also if one fails: then
 * nothing is written.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED` if the output can't be written, for which the block is not to blame
 */
export async function computeBlock(
  plan: DividedPlan,
  job: BlockJob,
  { signal, onItem }: { readonly signal: AbortSignal; readonly onItem?: (items: number) => void },
): Promise<BlockResult> {
  const inputs = new BlockInputs();
  const inspection: Inspection = {
    isSilent: true,
    onFile: (file, item) => inputs.note(file, item),
    onSkip: (error) => inputs.noteSkipped(error),
    onIndex: (operator) => warnOfIndex(operator, job),
  };
  const run: Run = { epoch: job.epoch, seed: undefined, signal, inspection };
  const places = await plan.find(job.items, job.places, run);
  const first = places.filter((_, n) => job.failedBefore.includes(job.items[n] ?? ""));
  const before = await new BlockRun(plan, first, run, job, inputs).faults();
  if (before.length > 0) return { faults: before };
  const layout = new OutputLayout(job.dir);
  const shard = await written(layout, () => createShard(layout, job.shard));
  const block = new BlockRun(plan, places, run, job, inputs, onItem);
  try {
    const faults = await block.faults((sample) => written(layout, () => shard.add(sample)));
    if (faults.length > 0) return { faults };
    signal.throwIfAborted();
    return { done: await written(layout, () => finish(layout, job, shard, inputs)) };
  } finally {
    await shard.discard().catch(() => undefined); // there is nothing to remove of a finished one
  }
}

async function createShard(layout: OutputLayout, shard: string): Promise<UnfinishedShard> {
  await makeDirectory(layout.dir);
  return UnfinishedShard.create(layout.shard(shard));
}

async function finish(
  layout: OutputLayout,
  { block, shard: name }: BlockJob,
  shard: UnfinishedShard,
  inputs: BlockInputs,
): Promise<BlockMarker> {
  await inputs.write(layout, name);
  // The name of a shard says its content: an index that is there is that of the same shard.
  const { index, sha256 } = await shard.publish(true);
  const before = await readMarker(layout, name);
  if (before && before.index !== sha256) {
    warn({
      code: "VOXRX_NOT_REPEATABLE",
      message: `block ${block} was computed twice, and its items differ: some operator depends on more than the item, such as the time`,
    });
  }
  const marker: BlockMarker = { version: 1, block, items: index.items.length, bytes: index.bytes, index: sha256 };
  await writeAtomically(layout.marker(name), `${JSON.stringify(marker)}\n`);
  return marker;
}

/** They make no other item of one at another place. */
const withoutPlace: ReadonlySet<string> = new Set(["save", "cacheUntilRandom"]);
let hasWarnedOfIndex = false;

/** The places of items change with the list, and what a block is known by does not say them. */
function warnOfIndex(operator: string, { block }: BlockJob): void {
  // One process of many says it.
  if (block > 0 || hasWarnedOfIndex || withoutPlace.has(operator)) return;
  hasWarnedOfIndex = true;
  warn({
    code: "VOXRX_UNSEEN_CHANGE",
    message: `${operator} asks for the place of an item in the list (index), which changes when others are added or removed; blocks that are done stay as they are then. Use the id of the item`,
  });
}

/** Work on the output. @throws FormatError `VOXRX_WRITE_FAILED` */
async function written<T>(layout: OutputLayout, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isVoxRxError(error)) throw error;
    const { fault, remedy } = reasonOfWrite(error);
    throw writeFailed(`the output could not be written: ${fault}`, layout.dir, remedy, error);
  }
}

/** Some items on their way into a shard. */
class BlockRun {
  readonly #plan: DividedPlan;
  readonly #places: readonly number[];
  readonly #run: Run;
  readonly #job: BlockJob;
  readonly #inputs: BlockInputs;
  readonly #onItem: ((items: number) => void) | undefined;
  readonly #keys = new Set<string>();

  constructor(
    plan: DividedPlan,
    places: readonly number[],
    run: Run,
    job: BlockJob,
    inputs: BlockInputs,
    onItem?: (items: number) => void,
  ) {
    this.#plan = plan;
    this.#places = places;
    this.#run = run;
    this.#job = job;
    this.#inputs = inputs;
    this.#onItem = onItem;
  }

  /** What went wrong with the items. Those that went well are passed on. */
  async faults(take?: (sample: PackedSample) => Promise<void>): Promise<BlockFault[]> {
    const faults: BlockFault[] = [];
    if (this.#places.length === 0) return faults;
    const turns = new EventLoopTurns();
    const cursor = open(this.#plan.over(this.#places), this.#run);
    try {
      while (faults.length < mostFaults) {
        let sample: PackedSample;
        try {
          const entry = await cursor.next();
          // A run that was closed has no more items either.
          this.#run.signal.throwIfAborted();
          if (!entry) break;
          sample = await this.#sampleOf(entry);
        } catch (error) {
          this.#run.signal.throwIfAborted();
          // A full disk is not the fault of the item: transforms, downloads and caches write, too.
          if (isVoxRxError(error) && diskCodes.has(error.code)) throw error;
          faults.push(await faultOf(error, this.#filesOf(error)));
          if (isItemFailure(error)) continue;
          break;
        }
        await take?.(sample);
        this.#onItem?.(this.#keys.size);
        await turns.ifDue();
      }
    } finally {
      await cursor.close();
    }
    return faults;
  }

  #filesOf(error: unknown): string[] {
    return isVoxRxError(error) && error.item !== undefined ? this.#inputs.of(error.item) : [];
  }

  async #sampleOf({ id, value }: Entry<unknown>): Promise<PackedSample> {
    try {
      const key = sampleKeyOf(id);
      if (this.#keys.has(key))
        throw unstorable(`two items of the block have the id ${JSON.stringify(key)}`, "Give each item its own id.");
      const files = await sampleFiles(value, undefined, this.#job.volumes);
      this.#keys.add(key);
      return await packSample(key, files);
    } catch (error) {
      throw itemFailure(error, { operator: "run --out", item: id }, this.#run.signal);
    }
  }
}
