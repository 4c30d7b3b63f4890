import { EventLoopTurns } from "../../../src/async/event-loop-turn.ts";
import { isPromise } from "../../../src/async/maybe-promise.ts";
import { isVoxRxError, reviveError } from "../../../src/errors.ts";
import { isItemFailure } from "../../../src/plan/item-failure.ts";
import type { Entry, IndexView } from "../../../src/plan/stage.ts";

/** What is done with each item that is read. */
export interface ItemReader {
  readonly each: (entry: Entry<unknown>, index: number) => void;
  /** An item that failed, also in `each`. Default: that ends the reading, and the run with it. */
  readonly failed?: (index: number) => void;
}

/** Reads all items of an index, one at a time. */
export async function readItems(
  items: IndexView<unknown>,
  signal: AbortSignal,
  { each, failed }: ItemReader,
): Promise<void> {
  const turns = new EventLoopTurns();
  for (let index = 0; index < items.length; index++) {
    const turn = turns.ifDue();
    if (turn) await turn;
    signal.throwIfAborted();
    try {
      const entry = items.at(index);
      each(isPromise(entry) ? await entry : entry, index);
    } catch (error) {
      if (!isItemFailure(error)) throw error;
      if (!failed) throw ofRun(error);
      failed(index);
    }
  }
}

/** The error of an item as one that ends the run: without that item nothing can be said of the others. */
function ofRun(error: unknown): unknown {
  return isVoxRxError(error) ? reviveError({ ...error.toJSON(), cause: error.cause }) : error;
}
