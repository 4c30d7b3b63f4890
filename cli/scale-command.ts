import { isAbsolute, relative, resolve, sep } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { type BlockFailure, readFailures, removeFailure } from "../src/blocks/block-failures.ts";
import { nextManifest } from "../src/blocks/block-manifest.ts";
import { readManifest } from "../src/blocks/manifest-file.ts";
import { OutputLayout } from "../src/blocks/output-layout.ts";
import { inBlocks } from "../src/blocks/plan-in-blocks.ts";
import { findProgram, type JobOptions, jobFile, schedulers } from "./blocks/job-file.ts";
import { outputStatus, queueText, statusText } from "./blocks/output-status.ts";
import { loadPipeline } from "./load-pipeline.ts";
import { newCommand, parseCount, UsageError } from "./new-command.ts";
import { checkInputDir, checkOutputDir } from "./path-arguments.ts";
import { print, printJson, printNotice, printProgram } from "./print.ts";
import { textTable } from "./text-table.ts";
import { counted } from "./write-output.ts";

interface OutputOptions {
  readonly json?: boolean;
  readonly queue?: string;
}

/** `voxrx scale`: many cores and machines, around `voxrx run --out`. */
export function scaleCommand() {
  return newCommand("scale", "Prepares and watches runs on many machines (voxrx run FILE --out DIR).")
    .addCommand(planCommand())
    .addCommand(statusCommand())
    .addCommand(failedCommand())
    .addCommand(retryCommand());
}

function planCommand() {
  return newCommand("plan", "Prints a job file for a cluster; computes and changes nothing.", [
    ["scale plan prepare.ts --out prepared --for slurm --parts 100 > job.sh", "then: sbatch job.sh"],
    ["scale plan prepare.ts --out prepared --for kubernetes > job.yaml", "then: kubectl apply -f job.yaml"],
  ])
    .argument("<file>", "module whose default export is a Dataset, or a function that returns one")
    .requiredOption("--out <dir>", "directory of the shards, which all machines see")
    .addOption(new Option("--for <scheduler>", "what the file is for").choices(schedulers).makeOptionMandatory())
    .option("--export <name>", "name of the export (default: default)")
    .option("--parts <n>", "jobs of the array (default: one for each block, at most 100)", parseCount)
    .option("--cpus <n>", "cores of each job", parseCount, 4)
    .option("--memory <size>", "memory of each job", parseMemory, "16G")
    .option("--time <limit>", "time limit of each job, for Slurm", parseTime, "04:00:00")
    .option("--image <name>", "image of the container, for Kubernetes", parseWord, "node:22")
    .option(
      "--volume <claim>",
      "persistent volume claim with pipeline, data and output, for Kubernetes",
      parseClaim,
      "data",
    )
    .action(plan);
}

/** Without a unit, Slurm would count in MB, Kubernetes in bytes. */
function parseMemory(text: string): string {
  if (/^[1-9]\d*[KMGT]$/.test(text)) return text;
  throw new InvalidArgumentError("Expected an integer from 1 and K, M, G or T, such as 16G.");
}

/** As sbatch takes it. */
function parseTime(text: string): string {
  if (/^(\d+(:\d{1,2}){0,2}|\d+-\d{1,2}(:\d{1,2}){0,2})$/.test(text)) return text;
  throw new InvalidArgumentError("Expected minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS, such as 04:00:00.");
}

function parseWord(text: string): string {
  if (/^[^\s\p{Cc}]+$/u.test(text)) return text;
  throw new InvalidArgumentError("Expected a name without spaces.");
}

/** As Kubernetes names objects. */
function parseClaim(text: string): string {
  if (text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('Expected lower-case letters, digits, "-" and ".", such as data.');
}

async function plan(file: string, options: JobOptions): Promise<void> {
  const blocksOf = (await loadPipeline(file, options.export))[inBlocks]?.();
  if (!blocksOf)
    throw new UsageError(`the dataset that ${file} exports is of a version without --out: update voxrx there`);
  await checkOutputDir("--out", options.out);
  if (options.for === "kubernetes") refuseOutside({ "<file>": file, "--out": options.out });
  const layout = new OutputLayout(resolve(options.out));
  const before = (await readManifest(layout))?.manifest;
  const items = await blocksOf.list(before?.epoch ?? 0, new AbortController().signal);
  const { epoch = 0, volumes = "nii.gz" } = before ?? {};
  const manifest = nextManifest(before, items, { plan: blocksOf.identity, epoch, volumes, blockSize: undefined });
  const done = await layout.done();
  const left = manifest.blocks.filter(({ shard }) => !done.has(shard)).length;
  printNotice(
    `${counted(items.length, "item")} in ${counted(manifest.blocks.length, "block")}, ${left} of them not done`,
  );
  printProgram(jobFile(file, options, manifest.blocks.length, await findProgram(process.cwd())));
}

/** A pod sees the volume alone, at the place of the working directory: what is written elsewhere is lost with it. */
function refuseOutside(paths: Readonly<Record<string, string>>): void {
  for (const [argument, path] of Object.entries(paths)) {
    const from = relative(process.cwd(), resolve(path));
    if (!isAbsolute(path) && from !== ".." && !from.startsWith(`..${sep}`)) continue;
    throw new UsageError(
      `${argument}: ${path} is outside of the volume that pods see. Print the file in the top directory of the volume, with relative paths below it`,
    );
  }
}

function statusCommand() {
  return outputCommand("status", "Says how many blocks are done, which failed, and who works on which.", status).option(
    "--queue <url>",
    "also what the queue on a Redis server holds",
  );
}

async function status(dir: string, { json = false, queue: url }: OutputOptions): Promise<void> {
  const layout = await layoutOf(dir);
  const found = await outputStatus(layout);
  const { queueCounts } = url === undefined ? { queueCounts: undefined } : await import("./blocks/block-queue.ts");
  const queue = url === undefined ? undefined : await queueCounts?.(url, layout);
  if (json) printJson({ ...found, ...(queue ? { queue } : {}) });
  else print(...statusText(dir, found), ...(queue ? queueText(queue) : []));
}

function failedCommand() {
  return outputCommand("failed", "Lists what went wrong in blocks that failed.", failed);
}

async function failed(dir: string, { json = false }: OutputOptions): Promise<void> {
  const failures = await currentFailures(await layoutOf(dir));
  if (json) return failures.forEach(printJson);
  if (failures.length === 0) return print("no block has failed");
  const rows = failures.flatMap(({ block, attempts, deaths, setAside, faults }) =>
    faults.map(({ item = "", code = "", message }) => [
      String(block),
      String(attempts + deaths),
      setAside ? "yes" : "no",
      item,
      code,
      message,
    ]),
  );
  print(...textTable(columns, rows));
}

const columns = [
  ...[{ name: "BLOCK", align: "right" } as const, { name: "TRIES", align: "right" } as const],
  ...[{ name: "SET ASIDE" }, { name: "ITEM" }, { name: "CODE" }, { name: "MESSAGE" }],
];

function retryCommand() {
  return newCommand("retry", "Has blocks that were set aside tried again, by the next run or by workers that run.", [
    ["scale retry prepared", "all of them"],
    ["scale retry prepared 12 31", "blocks 12 and 31"],
  ])
    .argument("<dir>", "directory of the shards")
    .argument("[blocks...]", "numbers of blocks, as scale failed lists them (default: all)")
    .action(retry);
}

async function retry(dir: string, numbers: readonly string[]): Promise<void> {
  const layout = await layoutOf(dir);
  const failures = await currentFailures(layout);
  const chosen = numbers.map((number) => {
    const failure = failures.find(({ block }) => String(block) === number);
    if (failure) return failure;
    throw new UsageError(`no failure is known of a block ${number}: voxrx scale failed ${dir} lists them`);
  });
  const retried = numbers.length === 0 ? failures : chosen;
  for (const { shard } of retried) await removeFailure(layout, shard);
  print(`${counted(retried.length, "block")} to be tried again`);
}

/** The failures of blocks as the latest manifest has them. */
async function currentFailures(layout: OutputLayout): Promise<readonly BlockFailure[]> {
  const blocks = (await readManifest(layout))?.manifest.blocks ?? [];
  const failures = await readFailures(layout);
  return blocks.flatMap(({ shard }) => failures.get(shard) ?? []);
}

function outputCommand(
  name: string,
  description: string,
  action: (dir: string, options: OutputOptions) => Promise<void>,
) {
  return newCommand(name, description)
    .argument("<dir>", "directory of the shards")
    .option("--json", "JSON instead of text")
    .action(action);
}

async function layoutOf(dir: string): Promise<OutputLayout> {
  await checkInputDir("<dir>", dir, "the output directory of voxrx run FILE --out DIR");
  const layout = new OutputLayout(resolve(dir));
  if (!(await readManifest(layout)))
    throw new UsageError(`${dir} has no manifest of blocks: voxrx run FILE --out DIR makes one`);
  return layout;
}
