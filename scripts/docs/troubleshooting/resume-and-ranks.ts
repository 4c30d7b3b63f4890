/** What docs/errors.md says about runs that continue. */
import { interval, take as rxTake } from "rxjs";
import { type Checkpoint, Dataset } from "voxrx";
import * as op from "voxrx/operators";
import type { Advice, Code } from "./advice.ts";

/** The checkpoint of a run after its first item, as it is read from a file. */
async function checkpointOf(dataset: Dataset<unknown>): Promise<Checkpoint> {
  const run = dataset.iterate();
  await run.next();
  const checkpoint = run.checkpoint();
  await run.return();
  return JSON.parse(JSON.stringify(checkpoint));
}

const numbers = Dataset.from([1, 2, 3, 4], { seed: 0 });

/** Codes of checkpoints. */
export const resumeAndRanks = {
  VOXRX_OTHER_PLAN: {
    when: [
      "A checkpoint is given to a pipeline that would give other items: an operator, an option, a `version`, the seed or the list has changed since it was written.",
      "The checkpoint of another rank, or of training where validation is meant, was read.",
      "`voxrx run --out`: another run computes another pipeline into the same directory; or the pipeline or its list was changed while a run goes on, and a process that started later found the new one.",
    ],
    remedies: [
      "The message names the first operator that differs. Go back to the code that wrote the checkpoint to finish the epoch, or start the epoch again without `from`.",
      "`diff(one, other)` lists all that differs between two plans. Look-ahead, `parallel`, caches and `progress` may change freely.",
      "For another number of ranks, `mergeCheckpoints` takes those of all ranks.",
    ],
    code: `import { type Dataset, diff } from "voxrx";
declare const before: Dataset<unknown>;
declare const now: Dataset<unknown>;
console.log(String(diff(before, now)));`,
    provoke: async () =>
      numbers.pipe(op.skip(1), op.shuffle()).toArray({ from: await checkpointOf(numbers.pipe(op.shuffle())) }),
  },
  VOXRX_BAD_CHECKPOINT: {
    when: [
      "What was given as `from` is not a checkpoint: the string and not the parsed JSON, a file that was cut off because the process was killed while it wrote, or one of a later version of VoxRx.",
      "`mergeCheckpoints` got checkpoints of ranks that don't belong together: of different runs, or with an operator after `forRank` that keeps items back.",
    ],
    remedies: [
      "Write checkpoints to a new file and rename it, as in [the guide](guide/resume-and-ranks.md#resume): then there always is a whole one.",
      "Put `shuffle`, `take` and `repeat` before `forRank`, so that the checkpoints of ranks can be merged.",
    ],
    provoke: () => numbers.toArray({ from: JSON.parse('{ "epoch": 3 }') }),
  },
  VOXRX_BAD_POSITION: {
    when: [
      "The position in a checkpoint can't be one of this plan: the file was changed by hand, put together from two, or is of a source that has fewer items now.",
    ],
    remedies: [
      "Use the checkpoint as it was written, with the same list. Otherwise start the epoch again without `from`.",
    ],
    provoke: async () => numbers.toArray({ from: { ...(await checkpointOf(numbers)), position: 99 } }),
  },
  VOXRX_NOT_RESUMABLE: {
    when: [
      "`run.checkpoint()` was called where nobody can know what comes next: after an RxJS operator with a timer (`debounceTime`, `bufferTime`, `delay`), for a `Subject`, or an Observable whose queue drops items.",
    ],
    remedies: [
      "`explain()` marks the stage with `no checkpoints`. Replace it: a list or a function as the source, `simulateDelay` or nothing in place of `delay`.",
      "Or make checkpoints of a part of the pipeline that ends before that stage.",
    ],
    provoke: async () => {
      const run = Dataset.from(interval(1).pipe(rxTake(3))).iterate();
      await run.next();
      try {
        run.checkpoint();
      } finally {
        await run.return();
      }
    },
  },
} satisfies Partial<Record<Code, Advice>>;
