/** What an operator on the stream pulls from. */
import { whenReady } from "../async/maybe-promise.ts";
import { type Entry, type OpenCursor, open, type Position, type Run, type Stage } from "../plan/stage.ts";

/** The stream that an operator pulls from. */
export interface Upstream extends OpenCursor<unknown> {
  /** The stage itself: its seed, and its index if it has one. */
  readonly stage: Stage<unknown>;
  /** Pulls again from the beginning, or from a position, in this epoch or another; the cursor so far must be closed. */
  reopen(options?: { readonly from?: Position; readonly epoch?: number }): void;
}

/** The input of a stream, opened when it is first pulled. */
interface PulledInput extends Upstream {
  /** Id of the item that it gave last. */
  readonly latest: string | undefined;
}

export function upstreamOf(stage: Stage<unknown>, run: Run, from: Position | undefined): PulledInput {
  let start: { readonly run: Run; readonly from: Position | undefined } = { run, from };
  let current: OpenCursor<unknown> | undefined;
  let closed = false;
  let latest: string | undefined;
  const noted = (entry: Entry<unknown> | undefined): Entry<unknown> | undefined => {
    latest = entry?.id;
    return entry;
  };
  return {
    stage,
    get latest() {
      return latest;
    },
    next: () => (closed ? undefined : whenReady((current ??= open(stage, start.run, start.from)).next(), noted)),
    async close() {
      closed = true;
      await current?.close();
    },
    reopen({ from: position, epoch = run.epoch } = {}) {
      start = { run: { ...run, epoch }, from: position };
      current = undefined;
      // If the run was closed during a pull, the stream stays closed.
      closed = run.signal.aborted;
    },
  };
}
