import { macrotask } from "../async/maybe-promise.ts";
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
 * Puts several entries together into one. What it throws is the failure of the item in the making: it goes on with the
 * next one.
 */
export interface Gatherer {
  /**
   * Called with an entry before it is added. @throws if it is of another item than the one in the making, which is
   * incomplete then
   */
  leave(entry: Entry<unknown>): void;
  /** Takes an entry; gives the whole once it is complete. */
  add(entry: Entry<unknown>): Entry<unknown> | undefined;
  /** An entry failed on its way here, and that has been said. */
  lack(): void;
  /** The stream is over. @throws if something is still incomplete */
  end(): undefined;
}

/** What {@link gatherStage} is made of. */
export interface Gather {
  readonly text: StageText;
  /** What decides the wholes: name, version, options. */
  readonly identity: unknown;
  /** Makes what puts the entries of one run together. */
  readonly gatherer: () => Gatherer;
}

/**
 * Milliseconds of gathering after which the event loop has a turn: nothing else gives it one until an item is whole.
 */
const turnMs = 8;

/** A stage that pulls until a whole is complete. Its position is that of its input after the last part of the whole. */
export function gatherStage(input: Stage<unknown>, gather: Gather): Stage<unknown> {
  return declareStage({
    inputs: [input],
    text: gather.text,
    identity: gather.identity,
    start: (run, from) => gatherCursor(open(input, run, from), gather, run),
  });
}

function gatherCursor(base: OpenCursor<unknown>, gather: Gather, run: Run): Cursor<unknown> {
  const gatherer = gather.gatherer();
  const operator = gather.text.name;
  let ended = false;
  // Kept across a failure: the entry that showed an item to be incomplete begins the next one.
  let waiting: Entry<unknown> | undefined;
  let turned = performance.now();
  const pull = async (): Promise<Entry<unknown> | undefined> => {
    try {
      return await base.next();
    } catch (error) {
      if (isItemFailure(error)) gatherer.lack();
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
      gatherer.leave(entry);
    }
    waiting = undefined;
    return gatherer.add(entry);
  };
  const next = async (): Promise<Entry<unknown> | undefined> => {
    while (!ended) {
      if (performance.now() - turned > turnMs) {
        await macrotask();
        turned = performance.now();
      }
      const entry = waiting ?? (await pull());
      if (run.signal.aborted) return undefined;
      const whole = entry && asItem(entry.key, () => gathered(entry));
      if (whole) return continuing(whole, entry.next);
      ended = entry === undefined;
    }
    return asItem("", () => gatherer.end());
  };
  return { next, close: () => base.close() };
}
