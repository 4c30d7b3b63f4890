import { PassStage } from "./pass-stage.ts";
import { type Cursor, type Entry, open, type Run, type Stage, type StageText } from "./stage.ts";

/** Puts several entries together into one. */
export interface Gatherer {
  /** Takes an entry; gives the whole once it is complete. */
  add(entry: Entry<unknown>): Entry<unknown> | undefined;
  /** The stream is over. @throws if something is still incomplete */
  end(): void;
}

/** How a {@link GatherStage} is told. */
export interface Gather {
  readonly text: StageText;
  /** Makes what puts the entries of one run together. */
  readonly gatherer: () => Gatherer;
}

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
    const next = async (): Promise<Entry<unknown> | undefined> => {
      for (;;) {
        const entry = await base.next();
        if (!entry) {
          if (!run.signal.aborted) gatherer.end();
          return undefined;
        }
        const whole = gatherer.add(entry);
        if (whole) return whole;
      }
    };
    return { next, close: () => base.close() };
  }

  describe(): readonly StageText[] {
    return [this.#gather.text];
  }
}
