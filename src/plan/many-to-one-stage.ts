import { EventLoopTurns } from "../async/event-loop-turn.ts";
import { declareStage } from "./declared-stage.ts";
import { isItemFailure, itemFailure } from "./item-failure.ts";
import {
  type Cursor,
  continuing,
  type Entry,
  type OpenCursor,
  open,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";

/**
 * Combines several entries into one. What it throws is the failure of the item being assembled; it continues with the
 * next one.
 */
export interface Gatherer {
  /**
   * Called with an entry before it is added. @throws if the entry belongs to another item than the one being assembled,
   * which is then incomplete
   */
  beforeAdd(entry: Entry<unknown>): void;
  /** Adds an entry; returns the combined entry once it is complete. */
  add(entry: Entry<unknown>): Entry<unknown> | undefined;
  /** Called when an entry failed upstream; that failure is reported already. */
  inputFailed(): void;
  /** Called at the end of the stream. @throws if something is still incomplete */
  end(): undefined;
}

/** What {@link gatherStage} needs. */
export interface Gather {
  readonly text: StageText;
  /** What determines the combined entries: name, version, options. */
  readonly identity: unknown;
  /** Makes the gatherer of one run. */
  readonly gatherer: () => Gatherer;
}

/** A stage that pulls until a combined entry is complete. Its position is that of its input after the last part. */
export function gatherStage(input: Stage<unknown>, gather: Gather): Stage<unknown> {
  return declareStage({
    inputs: [input],
    text: gather.text,
    identity: gather.identity,
    passage: { gathers: true },
    start: (run, from) => gatherCursor(open(input, run, from), gather, run),
  });
}

function gatherCursor(base: OpenCursor<unknown>, gather: Gather, run: Run): Cursor<unknown> {
  const gatherer = gather.gatherer();
  const operator = gather.text.name;
  let ended = false;
  // Kept across a failure: the entry that revealed an incomplete item begins the next one.
  let waiting: Entry<unknown> | undefined;
  const turns = new EventLoopTurns(); // nothing else yields to the event loop until an item is complete
  const pull = async (): Promise<Entry<unknown> | undefined> => {
    try {
      return await base.next();
    } catch (error) {
      if (isItemFailure(error)) gatherer.inputFailed();
      throw error;
    }
  };
  const asItem = <R>(item: string, work: () => R): R => {
    try {
      return work();
    } catch (caught) {
      throw itemFailure(caught, { operator, item }, run.signal);
    }
  };
  const gathered = (entry: Entry<unknown>): Entry<unknown> | undefined => {
    if (!waiting) {
      waiting = entry;
      gatherer.beforeAdd(entry);
    }
    waiting = undefined;
    return gatherer.add(entry);
  };
  const next = async (): Promise<Entry<unknown> | undefined> => {
    while (!ended) {
      const turn = turns.ifDue();
      if (turn) await turn;
      const entry = waiting ?? (await pull());
      if (run.signal.aborted) return undefined;
      const whole = entry && asItem(entry.id, () => gathered(entry));
      if (whole) return continuing(whole, entry.next);
      ended = entry === undefined;
    }
    return asItem("", () => gatherer.end());
  };
  return { next, close: () => base.close() };
}
