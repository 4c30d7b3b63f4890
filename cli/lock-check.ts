/** `voxrx lock FILE --check`: what differs from a lock. */

import type { LockFacts } from "../src/inspect/lock-facts.ts";
import { checkFiles, checkLock, localFiles } from "../src/lock/check-lock.ts";
import type { LockDifference } from "../src/lock/compare-locks.ts";
import { FileHasher } from "../src/lock/hash-files.ts";
import { type Lock, lockOfDataset } from "../src/lock/lock-document.ts";
import { loadPipeline, loadPipelines, type Pipeline } from "./load-pipeline.ts";
import { factsOf, hashingLine } from "./lock-facts-of.ts";
import { commonWarnings, contentsOf, differencesText } from "./lock-text.ts";
import { UsageError } from "./new-command.ts";
import { print, printJson, printNotice } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { counted } from "./write-output.ts";

/** How a lock is checked. */
interface LockCheckOptions {
  /** Path of the lock as it was given, and absolute. */
  readonly output: string;
  readonly lockFile: string;
  readonly voxrx: string;
  readonly export?: string;
  readonly digest: boolean;
  readonly filesOnly?: boolean;
  readonly json?: boolean;
}

/** Compares, and says what differs. Sets the exit code. */
export async function checkAgainstLock(saved: Lock, file: string, options: LockCheckOptions): Promise<void> {
  const { output, lockFile, voxrx, filesOnly = false, json = false } = options;
  const lock = chosen(saved, options);
  const line = new ProgressLine();
  const hasher = new FileHasher(lockFile, hashingLine(line));
  const check = async () => {
    if (filesOnly) return checkFiles(lock, hasher, lockFile);
    return checkLock(lock, await factsNow(lock, file, options, line), hasher, { lockFile, voxrx });
  };
  const differences = await check().finally(() => line.clear());
  if (differences.length > 0) process.exitCode = 1;
  const unchecked = filesOnly ? lock.files.length - localFiles(lock).length : 0;
  for (const warning of commonWarnings(lock)) printNotice(`warning: ${warning}`);
  if (json) {
    const { datasets, files } = lock;
    const counts = { datasets: Object.keys(datasets).length, files: files.length, unchecked };
    printJson({ lock: output, equal: differences.length === 0, filesOnly, ...counts, differences });
  } else {
    print(...resultText(lock, differences, options));
    if (unchecked > 0)
      printNotice(`${counted(unchecked, "URL was", "URLs were")} not checked: only a run asks servers`);
  }
}

/** The lock, or its part of the export that is asked for. */
function chosen(saved: Lock, { export: name, output, filesOnly }: LockCheckOptions): Lock {
  if (filesOnly && saved.hashedPaths)
    throw new UsageError(`${output} has hashes instead of paths: only a run shows which files they are of`);
  if (name === undefined) return saved;
  if (Object.hasOwn(saved.datasets, name)) return lockOfDataset(saved, name);
  throw new UsageError(`${output} has no dataset ${name}, only ${Object.keys(saved.datasets).join(", ")}`);
}

async function factsNow(
  lock: Lock,
  file: string,
  options: LockCheckOptions,
  line: ProgressLine,
): Promise<ReadonlyMap<string, LockFacts | Error>> {
  const facts = new Map<string, LockFacts | Error>();
  for (const [name, pipeline] of await pipelinesNow(lock, file, options)) {
    // What the lock does not have is only named.
    const epochs = lock.datasets[name]?.epochs ?? [];
    const digest = options.digest && epochs.some((epoch) => epoch.digest !== undefined);
    const made = await factsOf(name, pipeline, { epochs: epochs.length, digest }, line).catch((error) => {
      if (error instanceof Error && !(error instanceof UsageError)) return error;
      throw error;
    });
    facts.set(name, made);
  }
  return facts;
}

/** The datasets that the lock is of, and others that the module exports, if the lock is of all. */
async function pipelinesNow(
  lock: Lock,
  file: string,
  { export: name = lock.export }: LockCheckOptions,
): Promise<ReadonlyMap<string, Pipeline>> {
  return name === undefined ? loadPipelines(file) : new Map([[name, await loadPipeline(file, name)]]);
}

function resultText(lock: Lock, differences: readonly LockDifference[], options: LockCheckOptions): string[] {
  const { output, filesOnly = false } = options;
  if (differences.length > 0) {
    return [...differencesText(differences), "", `${output}: ${counted(differences.length, "difference")}`];
  }
  const compared = filesOnly ? counted(localFiles(lock).length, "file") : contentsOf(lock);
  return [`${output}: nothing differs (${compared})`];
}
