/** Runs datasets for the facts of a lock. */
import type { LockFacts } from "../src/inspect/lock-facts.ts";
import { lockFacts } from "../src/inspect/lock-facts.ts";
import type { Pipeline } from "./load-pipeline.ts";
import { UsageError } from "./new-command.ts";
import type { ProgressLine } from "./progress-line.ts";
import { counted } from "./write-output.ts";

/** What is run of each dataset. */
interface LockRun {
  readonly epochs: number;
  readonly digest: boolean;
}

/** The facts of a dataset, in one run for each epoch. Rejects with whatever the run fails with. */
export async function factsOf(
  name: string,
  pipeline: Pipeline,
  { epochs, digest }: LockRun,
  line: ProgressLine,
): Promise<LockFacts> {
  const tell = pipeline[lockFacts];
  if (!tell) {
    throw new UsageError(
      `the dataset ${name} comes from a copy of voxrx that can't be locked: install the version of this command there`,
    );
  }
  const total = totalOf(pipeline, epochs);
  const onItem = (items: number) => line.show(() => `${name}: ${items}${total} items`);
  try {
    return await tell.call(pipeline, { epochs, digest, onItem });
  } finally {
    line.clear();
  }
}

function totalOf(pipeline: Pipeline, epochs: number): string {
  try {
    return pipeline.length === undefined ? "" : `/${pipeline.length * epochs}`;
  } catch {
    return ""; // a list that is not loaded yet
  }
}

/** A line of progress while files are hashed. */
export function hashingLine(line: ProgressLine): (files: number) => void {
  return (files) => line.show(() => `${counted(files, "file")} hashed`);
}
