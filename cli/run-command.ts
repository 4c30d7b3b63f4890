import { InvalidArgumentError, Option } from "commander";
import { formatBytes } from "../src/bytes.ts";
import { type Checkpoint, readCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { isVoxRxError } from "../src/errors.ts";
import { readJson } from "../src/files/read-json.ts";
import type { RunIterator } from "../src/run.ts";
import { type RunBlocksOptions, runBlocks } from "./blocks/run-blocks.ts";
import { itemBytes } from "./item-bytes.ts";
import { loadPipeline, type Pipeline } from "./load-pipeline.ts";
import { newCommand, parseCount, parseIndex, parsePositive, UsageError } from "./new-command.ts";
import { checkOutputFile } from "./path-arguments.ts";
import { print, printJson, printNotice } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { counted, formatRate, formatSeconds, writeOutput } from "./write-output.ts";

interface RunCommandOptions extends Partial<RunBlocksOptions> {
  readonly epochs?: number;
  readonly checkpoint?: string;
}

/** `voxrx run FILE`: iterates the dataset that a module exports. */
export function runCommand() {
  return newCommand("run", "Runs a pipeline: imports a module and iterates the dataset that it exports.", [
    ["run prepare.ts", "one epoch of the default export: fills a cache, or writes files (save)"],
    ["run prepare.ts --epochs 3", "epochs 0, 1 and 2"],
    ["run prepare.mjs --export validation", "another export"],
    ["run prepare.ts --checkpoint run.json", "continues where an earlier run stopped"],
    ["run prepare.ts --out prepared", "computes all items on all cores, into shards; again: only what is missing"],
    ["run prepare.ts --out prepared --part 3/8", "one of eight parts; in a job array, the part is known"],
  ])
    .argument("<file>", "module whose default export is a Dataset, or a function that returns one")
    .option("--epochs <n>", "number of epochs (default: 1)", parseCount)
    .option("--export <name>", "name of the export (default: default)")
    .option("--checkpoint <file>", "file that says how far the run is; if it exists, the run continues there")
    .option("--json", "one JSON record per epoch; with --out, per block and at the end")
    .optionsGroup("Options for many cores and machines:")
    .option("--out <dir>", "computes the items in blocks, each of which becomes a shard in this directory")
    .option("--part <i/n>", "computes only part i of n, from 1 (default: that of the job array, else blocks by claims)")
    .option("--claim", "takes blocks that no other worker has claimed, also in a job array")
    .option("--queue <url>", "takes blocks from a queue on a Redis server, such as redis://host:6379")
    .option("--processes <n>", "processes that compute (default: the cores of this machine)", parseCount)
    .option("--epoch <n>", "epoch of the random operators (default: 0)", parseIndex)
    .option("--block-size <n>", "items of a new block (default: a 64th of the items, at most 64)", parseCount)
    .addOption(
      new Option("--volumes <format>", "format of images in the shards (default: nii.gz)").choices(["nii", "nii.gz"]),
    )
    .option("--attempts <n>", "how often a block may fail before it is set aside (default: 3)", parseCount)
    .option(
      "--lease <seconds>",
      "time without a sign of life after which a worker counts as dead (default: 60)",
      parseLease,
    )
    .option("--trust-inputs", "does not look whether files of finished blocks have changed")
    .addHelpText(
      "after",
      `
TypeScript needs Node 22.18 or newer, or tsx (npm install tsx). Ctrl-C stops after the items in work; with --checkpoint
the same command goes on from there. The exit code is then 130.`,
    )
    .action(run);
}

async function run(file: string, options: RunCommandOptions): Promise<void> {
  const { out } = options;
  if (out === undefined) {
    const given = blockOptions.find((name) => options[name] !== undefined);
    if (given !== undefined) throw new UsageError(`--${kebab(given)} needs --out: the directory of the shards`);
    return runEpochs(file, options);
  }
  if (options.epochs !== undefined || options.checkpoint !== undefined) {
    throw new UsageError(
      "--epochs and --checkpoint don't go with --out: it computes one epoch (--epoch), and goes on by itself",
    );
  }
  await runBlocks(file, { ...options, out });
}

const blockOptions = [
  ...([
    "part",
    "claim",
    "queue",
    "processes",
    "epoch",
    "blockSize",
    "volumes",
    "attempts",
    "lease",
    "trustInputs",
  ] as const),
];

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function runEpochs(file: string, options: RunCommandOptions): Promise<void> {
  const pipeline = await loadPipeline(file, options.export);
  if (options.checkpoint !== undefined) await checkOutputFile("--checkpoint", options.checkpoint);
  const progress = new CheckpointFile(options.checkpoint);
  let from = await progress.read();
  const first = from ? from.epoch + (from.done ? 1 : 0) : 0;
  if (from?.done) {
    await refuseOtherPlan(pipeline, from);
    from = undefined;
  }
  const { epochs = 1, json = false } = options;
  if (first >= epochs) {
    printNotice(`nothing to do: ${options.checkpoint} says that ${counted(first, "epoch")} ran to the end`);
    return;
  }
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
  for (let epoch = first; epoch < epochs && !stop.signal.aborted; epoch++) {
    const one = pipeline.iterate(from ? { from } : { epoch });
    from = undefined;
    const result = await runEpoch(one, { epoch, epochs, total: lengthOf(pipeline) }, progress, stop.signal);
    if (json) printJson(result);
    else print(epochText(result));
  }
  if (stop.signal.aborted) process.exitCode = 130;
}

/** Seconds, at least what a beat of six may take, and at most a day. */
function parseLease(text: string): number {
  const seconds = parsePositive(text);
  if (seconds >= 0.5 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("Expected seconds from 0.5 to 86400.");
}

/** Continues a run at its end, which gives no item. @throws PipelineError `VOXRX_OTHER_PLAN` */
async function refuseOtherPlan(pipeline: Pipeline, from: Checkpoint): Promise<void> {
  const ended = pipeline.iterate({ from });
  await ended.next().finally(() => ended.return());
}

interface EpochPlace {
  readonly epoch: number;
  readonly epochs: number;
  readonly total: number | undefined;
}

interface EpochResult {
  readonly epoch: number;
  readonly items: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly complete: boolean;
}

async function runEpoch(
  items: RunIterator<unknown>,
  { epoch, epochs, total }: EpochPlace,
  checkpoint: CheckpointFile,
  stop: AbortSignal,
): Promise<EpochResult> {
  const line = new ProgressLine();
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  let [count, bytes] = [0, 0];
  let complete = false;
  try {
    await checkpoint.write(items); // says before any work if the run can't be continued
    while (!stop.aborted) {
      const next = await items.next();
      complete = next.done === true;
      if (complete) break;
      count++;
      bytes += itemBytes(next.value);
      await checkpoint.writeNowAndThen(items);
      line.show(() => {
        const of = total === undefined ? "" : `/${total}`;
        return `epoch ${epoch} of ${epochs}: ${count}${of} items, ${(count / seconds()).toFixed(1)}/s, ${formatBytes(bytes)}`;
      });
    }
  } finally {
    line.clear();
    await checkpoint.write(items).finally(() => items.return());
  }
  return { epoch, items: count, bytes, seconds: seconds(), complete };
}

function epochText({ epoch, items, bytes, seconds, complete }: EpochResult): string {
  const rate = seconds > 0 ? `${(items / seconds).toFixed(1)} items/s` : "";
  const end = complete ? "" : ", stopped";
  const read = bytes > 0 ? `; ${formatBytes(bytes)}, ${formatRate(bytes, seconds)}` : "";
  return `epoch ${epoch}: ${counted(items, "item")} in ${formatSeconds(seconds)} (${rate}${read})${end}`;
}

/** Number of items, as far as it is known. */
function lengthOf(pipeline: Pipeline): number | undefined {
  try {
    return pipeline.length;
  } catch (error) {
    if (isVoxRxError(error)) return undefined;
    throw error;
  }
}

/** A run reads it again, as it was written. @throws PipelineError `VOXRX_BAD_CHECKPOINT` */
function checkCheckpoint(content: unknown): asserts content is Checkpoint {
  readCheckpoint(content);
}

const writeEveryMs = 5_000;

/** The file of `--checkpoint`; without one, nothing is read or written. */
class CheckpointFile {
  readonly #path: string | undefined;
  #writtenMs = 0;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** What an earlier run wrote. The pipeline checks whether it is a checkpoint of its own. */
  async read(): Promise<Checkpoint | undefined> {
    if (this.#path === undefined) return undefined;
    const content = await readJson(this.#path).catch((error) => {
      if (isVoxRxError(error, "VOXRX_FILE_MISSING")) return undefined;
      throw isVoxRxError(error) ? error : new UsageError(`${this.#path} is not a checkpoint: ${error.message}`);
    });
    if (content === undefined) return undefined;
    checkCheckpoint(content);
    return content;
  }

  async write(items: RunIterator<unknown>): Promise<void> {
    if (this.#path === undefined) return;
    this.#writtenMs = performance.now();
    await writeOutput(this.#path, JSON.stringify(items.checkpoint()));
  }

  async writeNowAndThen(items: RunIterator<unknown>): Promise<void> {
    if (performance.now() - this.#writtenMs > writeEveryMs) await this.write(items);
  }
}
