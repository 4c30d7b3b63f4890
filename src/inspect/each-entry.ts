import { EventLoopTurns } from "../async/event-loop-turn.ts";
import { outsideOfRun } from "../plan/item-failure.ts";
import { type Entry, open, type Run, type Stage } from "../plan/stage.ts";

/**
 * Runs a stage for somebody who looks at it, item by item, until `consume` returns true. It does not count as a run of
 * the dataset, and throws what a run would.
 */
export async function eachEntry(
  stage: Stage<unknown>,
  run: Run,
  consume: (entry: Entry<unknown>) => boolean | undefined,
): Promise<void> {
  run.signal.throwIfAborted();
  await outsideOfRun(async () => {
    const cursor = open(stage, run);
    const turns = new EventLoopTurns();
    try {
      for (let entry = await cursor.next(); entry; entry = await cursor.next()) {
        if (consume(entry)) break;
        await turns.ifDue();
        run.signal.throwIfAborted();
      }
      run.signal.throwIfAborted();
    } finally {
      await cursor.close();
    }
  }, run.signal);
}
