/** `voxrx run --out`: computes a pipeline in blocks, on all cores, as a part, or beside others. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { haveInputsChanged } from "../../src/blocks/block-inputs.ts";
import { type Block, type Manifest, nextManifest, withRevisions } from "../../src/blocks/block-manifest.ts";
import { noteCompletion } from "../../src/blocks/completion.ts";
import type { ListedItem } from "../../src/blocks/divided-plan.ts";
import { updateManifest } from "../../src/blocks/manifest-file.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { inBlocks } from "../../src/blocks/plan-in-blocks.ts";
import { loadPipeline } from "../load-pipeline.ts";
import { UsageError } from "../new-command.ts";
import { BlockProcesses } from "./block-processes.ts";
import { BlockReport } from "./block-report.ts";
import { BlockWork } from "./block-work.ts";
import { type ChosenPart, choosePart } from "./choose-part.ts";
import { blocksOfPart, computeClaimed, computePart } from "./take-blocks.ts";

/** Options of `voxrx run --out`. */
export interface RunBlocksOptions {
  readonly out: string;
  readonly export?: string;
  readonly epoch?: number;
  readonly part?: string;
  readonly claim?: boolean;
  readonly queue?: string;
  readonly processes?: number;
  readonly blockSize?: number;
  readonly volumes?: "nii" | "nii.gz";
  readonly attempts?: number;
  readonly lease?: number;
  readonly trustInputs?: boolean;
  readonly json?: boolean;
}

/** See the file. */
export async function runBlocks(file: string, options: RunBlocksOptions): Promise<void> {
  const part = choosePart(options, process.env);
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Interrupted());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
  const plan = (await loadPipeline(file, options.export))[inBlocks]?.();
  if (!plan) throw new UsageError(`the dataset that ${file} exports is of a version without --out: update voxrx there`);
  const { epoch = 0, volumes = "nii.gz", blockSize, attempts = 3, json = false } = options;
  const layout = new OutputLayout(resolve(options.out));
  const items = await plan.list(epoch, stop.signal);
  const manifest = await updateManifest(layout, (before) =>
    nextManifest(before, items, { plan: plan.identity, epoch, volumes, blockSize }),
  );
  const mine = "rank" in part ? blocksOfPart(manifest.blocks, part) : manifest.blocks;
  const current = options.trustInputs ? manifest : await withChangedInputs(layout, items, mine, manifest);
  const blocks = "rank" in part ? blocksOfPart(current.blocks, part) : current.blocks;
  const args = [file, ...(options.export === undefined ? [] : ["--export", options.export])];
  const processes = new BlockProcesses(args);
  const report = new BlockReport({ manifest: current, blocks, part, layout, json });
  const places = new Map(items.map(({ id }, n) => [id, n]));
  const work = new BlockWork({
    layout,
    manifest: current,
    places,
    processes,
    attempts,
    onNews: (news) => report.news(news),
  });
  const stopProcesses = () => void processes.stop();
  stop.signal.addEventListener("abort", stopProcesses, { once: true });
  await report.begin(work);
  try {
    await compute(work, blocks, part, options, stop.signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    await processes.stop();
    await report.end(work, stop.signal.aborted);
    await noteCompletion(layout, current);
  }
  if (stop.signal.aborted) process.exitCode = 130;
}

class Interrupted extends Error {}

async function compute(
  work: BlockWork,
  blocks: readonly Block[],
  part: ChosenPart,
  options: RunBlocksOptions,
  signal: AbortSignal,
): Promise<void> {
  const { processes = usableCores(), lease = 60 } = options;
  const concurrency = Math.max(1, Math.min(processes, blocks.length));
  if (options.queue !== undefined) {
    const { computeQueued } = await import("./queue-blocks.ts");
    return computeQueued(work, options.queue, concurrency, lease * 1_000, signal);
  }
  if ("rank" in part) return computePart(work, blocks, concurrency, signal);
  return computeClaimed(work, concurrency, lease * 1_000, signal);
}

/** Cores that this process may use: a job of Slurm may see more than it has asked for. */
function usableCores(): number {
  const given = Number(process.env.SLURM_CPUS_PER_TASK);
  return given >= 1 ? Math.min(given, availableParallelism()) : availableParallelism();
}

/** The manifest with a new revision of each block that is done and was made from files that have changed since. */
async function withChangedInputs(
  layout: OutputLayout,
  items: readonly ListedItem[],
  blocks: readonly Block[],
  manifest: Manifest,
): Promise<Manifest> {
  const done = await layout.done();
  const changed = new Set<string>();
  const waiting = blocks.filter(({ shard }) => done.has(shard));
  const look = async () => {
    for (let block = waiting.pop(); block; block = waiting.pop())
      if (await haveInputsChanged(layout, block.shard)) changed.add(block.shard);
  };
  await Promise.all(Array.from({ length: 32 }, look));
  if (changed.size === 0) return manifest;
  return updateManifest(layout, (before) => withRevisions(before ?? manifest, items, changed));
}
