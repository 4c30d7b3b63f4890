import { isItemFailure, itemFailure } from "./failure.ts";
import { macrotask } from "./maybe.ts";
import { PassStage } from "./pass-stage.ts";
import { type Cursor, type Entry, open, type Run, type Stage, type StageText } from "./stage.ts";

/** Puts several entries together into one. What it throws is the failure of the item in the making: it goes on with the next one. */
export interface Gatherer {
  /** Called with an entry before it is added. @throws if it is of another item than the one in the making, which is incomplete then */
  leave(entry: Entry<unknown>): void;
  /** Takes an entry; gives the whole once it is complete. */
  add(entry: Entry<unknown>): Entry<unknown> | undefined;
  /** An entry failed on its way here, and that has been said. */
  lack(): void;
  /** The stream is over. @throws if something is still incomplete */
  end(): undefined;
}

/** How a {@link GatherStage} is told. */
export interface Gather {
  readonly text: StageText;
  /** Makes what puts the entries of one run together. */
  readonly gatherer: () => Gatherer;
}

/** Milliseconds of gathering after which the event loop has a turn: nothing else gives it one until an item is whole. */
const turnMs = 8;

/** Several items to one: pulls until a whole is complete. */
export class GatherStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #gather: Gather;

  constructor(input: Stage<unknown>, gather: Gather) {
    super(input);
    this.#input = input;
    this.#gather = gather;
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    const gatherer = this.#gather.gatherer();
    const operator = this.#gather.text.name;
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
        if (whole) return whole;
        ended = entry === undefined;
      }
      return asItem("", () => gatherer.end());
    };
    return { next, close: () => base.close() };
  }

  describe(): readonly StageText[] {
    return [this.#gather.text];
  }
}
