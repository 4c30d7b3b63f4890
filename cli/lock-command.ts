import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isVoxRxError, messageOf } from "../src/errors.ts";
import { readJson } from "../src/files/read-json.ts";
import type { LockFacts } from "../src/inspect/lock-facts.ts";
import { FileHasher } from "../src/lock/hash-files.ts";
import { type Lock, lockText, readLock } from "../src/lock/lock-document.ts";
import { makeLock } from "../src/lock/make-lock.ts";
import { reportFailure } from "./failures.ts";
import { loadPipeline, loadPipelines, type Pipeline } from "./load-pipeline.ts";
import { checkAgainstLock } from "./lock-check.ts";
import { factsOf, hashingLine } from "./lock-facts-of.ts";
import { bytesOf, lockSummary, lockWarnings } from "./lock-text.ts";
import { newCommand, parseCount, UsageError } from "./new-command.ts";
import { ownPackage } from "./own-package.ts";
import { checkOutputFile } from "./path-arguments.ts";
import { print, printJson, printNotice } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { existing, writeOutput } from "./write-output.ts";

interface LockCommandOptions {
  readonly output: string;
  readonly check?: boolean;
  readonly export?: string;
  readonly epochs?: number;
  readonly digest: boolean;
  readonly filesOnly?: boolean;
  readonly hashPaths?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `voxrx lock FILE`: records what a training is made from, and says later what differs. */
export function lockCommand() {
  return newCommand("lock", "Records the files, splits, plan and items of a training in one file, and checks them.", [
    ["lock train.ts", "writes voxrx.lock.json"],
    ["lock train.ts --check", "says what differs from it"],
    ["lock train.ts --check --files-only", "compares sizes and checksums, runs nothing"],
    ["lock train.ts --hash-paths -o public.json", "without the names of files"],
  ])
    .argument("<file>", "module that exports datasets; each is one split: training, validation…")
    .option("-o, --output <file>", "the lock: written, or read by --check", "voxrx.lock.json")
    .option("--check", "compare with the lock, and write nothing")
    .option("--export <name>", "name of the one export to lock (default: all that are datasets)")
    .option("--epochs <n>", "number of epochs to hash, from epoch 0 (default: 1)", parseCount)
    .option("--no-digest", "don't hash the items; they are computed all the same, which shows what files they need")
    .option("--files-only", "with --check: compare only the files in the lock, without running the pipeline")
    .option("--hash-paths", "write SHA-256 of each path instead of the path")
    .option("--force", "replace an earlier lock")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", explanation)
    .action(lock);
}

const explanation = `
A lock holds no ids, no fields of items and no header of an image, only hashes of them. It holds paths, relative to its
own directory, which may contain names of patients: --hash-paths hides them, except from somebody who can guess them.
It also holds names of exports and operators, and seeds.

Exit codes:
  0  the lock was written; with --check: nothing differs
  1  an item or a file could not be read, and no lock was written; with --check: something differs
  2  the command was called in a wrong way; with --check: there is no lock, or it can't be read`;

async function lock(file: string, options: LockCommandOptions): Promise<void> {
  refuseContradictions(options);
  await checkOutputFile("--output", options.output);
  const lockFile = resolve(options.output);
  const { version: voxrx } = await ownPackage();
  if (options.check) {
    const saved = await savedLock(options.output);
    await checkAgainstLock(saved, file, { ...options, lockFile, voxrx });
    return;
  }
  await refuseTaken(options);
  const { export: name, epochs = 1, digest, hashPaths = false, json = false } = options;
  const pipelines = name === undefined ? await loadPipelines(file) : new Map([[name, await loadPipeline(file, name)]]);
  const line = new ProgressLine();
  const facts = await allFacts(pipelines, { epochs, digest }, line);
  if (!facts) {
    printNotice("no lock was written");
    return;
  }
  const hasher = new FileHasher(lockFile, hashingLine(line));
  const made = await makeLock(facts, hasher, { lockFile, hashPaths, voxrx, export: name }).finally(() => line.clear());
  await writeOutput(options.output, lockText(made));
  const warnings = lockWarnings(made, facts);
  for (const warning of warnings) printNotice(`warning: ${warning}`);
  if (json) printJson({ lock: options.output, ...documentOf(made), warnings });
  else print(...lockSummary(options.output, made));
}

function refuseContradictions({ check, filesOnly, hashPaths, force, epochs }: LockCommandOptions): void {
  if (!check && filesOnly) throw new UsageError("--files-only is for --check: a lock is made from a run");
  if (!check) return;
  if (hashPaths) throw new UsageError("--check takes paths as the lock has them: leave out --hash-paths");
  if (force) throw new UsageError("--check writes nothing: leave out --force");
  if (epochs !== undefined) throw new UsageError("--check takes the epochs of the lock: leave out --epochs");
}

/** Looked at before the pipeline runs for hours. */
async function refuseTaken({ output, force = false }: LockCommandOptions): Promise<void> {
  const there = await stat(output).catch(() => undefined);
  if (!there) return;
  if (!there.isFile()) throw new UsageError(`${output} is not a file`);
  if (!force) throw existing(output);
  await savedLock(output).catch((error) => {
    throw error instanceof UsageError ? new UsageError(`${error.message}; --force replaces only locks`) : error;
  });
}

/** @throws UsageError for what is not a lock */
async function savedLock(path: string): Promise<Lock> {
  try {
    return readLock(await readJson(path));
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_FILE_MISSING"))
      throw new UsageError(`there is no lock ${path}: voxrx lock writes it`);
    if (isVoxRxError(error)) throw error;
    throw new UsageError(`${path} is not a lock of this version of voxrx: ${messageOf(error)}`);
  }
}

/** The facts of all datasets; undefined if the run of one failed, which is reported. */
async function allFacts(
  pipelines: ReadonlyMap<string, Pipeline>,
  run: { readonly epochs: number; readonly digest: boolean },
  line: ProgressLine,
): Promise<ReadonlyMap<string, LockFacts> | undefined> {
  const facts = new Map<string, LockFacts>();
  for (const [name, pipeline] of pipelines) {
    await factsOf(name, pipeline, run, line).then(
      (made) => facts.set(name, made),
      (error) => {
        if (error instanceof UsageError) throw error;
        reportFailure(new Error(`${name}: ${messageOf(error)}`, { cause: error }));
      },
    );
  }
  return facts.size < pipelines.size ? undefined : facts;
}

function documentOf({ datasets, common, files, hashedPaths }: Lock): object {
  return { datasets, common, files: files.length, bytes: bytesOf(files), hashedPaths };
}
