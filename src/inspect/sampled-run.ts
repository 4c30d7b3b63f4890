import type { Stage } from "../plan/stage.ts";
import type { RunIterator, RunOptions } from "../run.ts";

/** What is asked of a part of an epoch. */
export interface Sample {
  readonly items: number;
  readonly run: RunOptions;
}

/** A dataset, as far as estimates need it. */
export interface Runnable<T> {
  readonly stage: Stage<T>;
  iterate(options?: RunOptions): RunIterator<T>;
}

/** Gives the first items of a watched run to `consume`, and closes the run. */
export async function runSample<T>(
  dataset: Runnable<T>,
  { items, run: options }: Sample,
  consume: (item: T) => unknown,
): Promise<RunIterator<T>> {
  const run = dataset.iterate({ ...options, watch: true });
  try {
    for (let n = 0; n < items; n++) {
      const step = await run.next();
      if (step.done) break;
      await consume(step.value);
    }
  } finally {
    await run.return();
  }
  return run;
}
