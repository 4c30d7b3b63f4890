/** `voxrx run --out`: computes a pipeline in blocks, on all cores, as a part, or beside others. */

import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Block, Manifest } from "../../src/blocks/block-manifest.ts";
import { noteCompletion } from "../../src/blocks/completion.ts";
import { readManifest } from "../../src/blocks/manifest-file.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { inBlocks } from "../../src/blocks/plan-in-blocks.ts";
import { isVoxRxError } from "../../src/errors.ts";
import { isOfSystem, reasonOfWrite } from "../../src/files/disk-failure.ts";
import { writeFailed } from "../../src/files/write-atomically.ts";
import { loadPipeline } from "../load-pipeline.ts";
import { UsageError } from "../new-command.ts";
import { goOnWithoutReaders } from "../output-readers.ts";
import { checkOutputDir, pathWord } from "../path-arguments.ts";
import { printNotice } from "../print.ts";
import { BlockProcesses } from "./block-processes.ts";
import { BlockReport } from "./block-report.ts";
import { type BlockNews, BlockWork, removeSurplus, Superseded } from "./block-work.ts";
import { type ChosenPart, choosePart } from "./choose-part.ts";
import { OutputPlan, warnOfHidden, warnOfTextless } from "./output-plan.ts";
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
  await checkOutputDir("--out", options.out);
  const part = choosePart(options, process.env);
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Interrupted());
  // A second Ctrl-C ends the process at once. A second SIGTERM doesn't: at a time limit, Slurm sends it twice.
  process.once("SIGINT", interrupt).on("SIGTERM", interrupt);
  goOnWithoutReaders();
  const layout = new OutputLayout(resolve(options.out));
  try {
    await computeOutput(file, layout, part, options, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw ofOutput(error, layout);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
  if (stop.signal.aborted) process.exitCode = 130;
}

async function computeOutput(
  file: string,
  layout: OutputLayout,
  part: ChosenPart,
  options: RunBlocksOptions,
  signal: AbortSignal,
): Promise<void> {
  // Before the items are listed: what is published later may have items that are not in this list.
  const began = await readManifest(layout).catch(() => undefined);
  const plan = (await loadPipeline(file, options.export))[inBlocks]?.();
  if (!plan) throw new UsageError(`the dataset that ${file} exports is of a version without --out: update voxrx there`);
  const { epoch = 0, volumes = "nii.gz", blockSize, attempts = 3, json = false } = options;
  const items = await plan.list(epoch, signal);
  const todo = new OutputPlan(layout, items, { plan: plan.identity, epoch, volumes, blockSize }, began);
  warnOfHidden(items);
  warnOfTextless(plan.textless);
  refuseOtherEpoch(options.out, began?.manifest, epoch);
  if (!json && todo.replaces(began?.manifest))
    printNotice(`${layout.dir} has what another pipeline made, or other options: it is replaced, block by block`);
  const { places } = todo;
  const processes = new BlockProcesses([
    pathWord(file),
    ...(options.export === undefined ? [] : ["--export", options.export]),
  ]);
  const report = new BlockReport({ part, layout, json });
  const stopProcesses = () => void processes.stop();
  signal.addEventListener("abort", stopProcesses, { once: true });
  const all = ({ blocks }: Manifest) => ("rank" in part ? blocksOfPart(blocks, part) : blocks);
  const own = (manifest: Manifest) => all({ ...manifest, blocks: todo.known(manifest) });
  try {
    for (let isFirst = true, isLatest = false; !isLatest; isFirst = false) {
      const planned = await todo.bringUpToDate();
      const current = isFirst
        ? await todo.checkDone(planned, own(planned.manifest), options.trustInputs ?? false)
        : planned;
      const blocks = own(current.manifest);
      const onNews = (news: BlockNews) => report.news(news);
      const work = await BlockWork.create({ ...current, layout, places, processes, attempts, onNews });
      await report.begin(work, all(current.manifest), blocks.length);
      isLatest = await compute(work, blocks, part, options, signal);
    }
  } finally {
    await processes.stop();
    await report.end(signal.aborted);
  }
  const complete = await noteCompletion(layout);
  if (complete) await removeSurplus(layout, complete);
}

class Interrupted extends Error {}

/** Of an edited pipeline the former result is of no use, but one who writes several epochs wants them all. */
function refuseOtherEpoch(out: string, before: Manifest | undefined, epoch: number): void {
  if (!before || before.epoch === epoch) return;
  throw new UsageError(
    `${out} has epoch ${before.epoch}, which epoch ${epoch} would replace: give each epoch a directory of its own, such as --out ${join(out, "..", `${basename(out)}-epoch-${epoch}`)}, or remove this one`,
  );
}

/** What the system refuses in the output directory, as an error that says so. */
function ofOutput(error: unknown, { dir }: OutputLayout): unknown {
  if (isVoxRxError(error) || !isOfSystem(error)) return error;
  const { fault, remedy } = reasonOfWrite(error);
  return writeFailed(`the output could not be written: ${fault}`, dir, remedy, error);
}

/** Whether the manifest is still the latest one at the end. */
async function compute(
  work: BlockWork,
  blocks: readonly Block[],
  part: ChosenPart,
  options: RunBlocksOptions,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await computeBlocks(work, blocks, part, options, signal);
    return await work.isLatest();
  } catch (error) {
    if (error instanceof Superseded) return false;
    throw error;
  }
}

async function computeBlocks(
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
    return computeQueued(work, blocks, options.queue, concurrency, lease * 1_000, signal);
  }
  if ("rank" in part) return computePart(work, blocks, concurrency, signal);
  return computeClaimed(work, blocks, concurrency, lease * 1_000, signal);
}

/** Cores that this process may use: a job of Slurm may see more than it has asked for. */
function usableCores(): number {
  const given = Number(process.env.SLURM_CPUS_PER_TASK);
  return given >= 1 ? Math.min(given, availableParallelism()) : availableParallelism();
}
