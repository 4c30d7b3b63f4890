import { isPromise } from "../async/maybe-promise.ts";
import { type Entry, indexOf, type OpenCursor, open, type Run, type Stage } from "../plan/stage.ts";
import { type Checkpoint, checkPlan } from "./checkpoint.ts";

/**
 * Opens a plan where a checkpoint says. The first request loads the lists of its sources, to compare them, and throws
 * if the checkpoint is of another plan.
 */
export function continueRun<T>(stage: Stage<T>, run: Run, checkpoint: Checkpoint): OpenCursor<T> {
  return open(stage, run, checkpoint.position, (inside, position) => {
    let opened: OpenCursor<T> | undefined;
    const begin = async (): Promise<Entry<T> | undefined> => {
      await loadLists(stage, inside);
      checkPlan(checkpoint, stage);
      if (checkpoint.done) return undefined;
      opened = open(stage, inside, position);
      return opened.next();
    };
    return { next: () => (opened ? opened.next() : begin()), close: () => opened?.close() };
  });
}

async function loadLists(stage: Stage<unknown>, run: Run): Promise<void> {
  for (const input of stage.inputs) await loadLists(input, run);
  if (!stage.listed || !stage.index || stage.knownLength?.() !== undefined) return;
  const loading = indexOf(stage, run);
  if (isPromise(loading)) await loading;
}
