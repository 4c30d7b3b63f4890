/** What the user's own code in a pipeline sees: what is opened, closed and called, and whether that is allowed. */

/** An open source. */
export interface OpenSource {
  /** The source is asked for an item. */
  asked(): void;
  /** Its `return` is called. */
  returns(): void;
  close(): void;
}

/** The books of one run of a pipeline. */
export class Ledger {
  /** What every planted failure throws. */
  readonly planted = new Error("planted");
  readonly faults: string[] = [];
  #ended = false;
  #open = 0;
  #opened = 0;

  /** Number of sources that are open. */
  get open(): number {
    return this.#open;
  }

  /** Number of sources that were ever opened. */
  get opened(): number {
    return this.#opened;
  }

  /** From now on, nothing may be opened or computed. */
  end(): void {
    this.#ended = true;
  }

  /**
   * A source is opened, and must be closed exactly once. `isGiven`: by a function that was called before; it may then
   * be opened after the end of the run, to be closed and never asked.
   */
  opens(name: string, isGiven = false): OpenSource {
    if (this.#ended && !isGiven) this.faults.push(`${name} was opened after the end of the run`);
    this.#open++;
    this.#opened++;
    let [isOpen, isReturned] = [true, false];
    return {
      asked: () => {
        if (this.#ended) this.faults.push(`${name} was asked for an item after the end of the run`);
        if (!isOpen) this.faults.push(`${name} was asked for an item after it was closed`);
      },
      returns: () => {
        if (isReturned) this.faults.push(`return() of ${name} was called twice`);
        isReturned = true;
      },
      close: () => {
        if (!isOpen) this.faults.push(`${name} was closed twice`);
        else this.#open--;
        isOpen = false;
      },
    };
  }

  /** A user's function is called. */
  works(name: string): void {
    if (this.#ended) this.faults.push(`${name} was called after the end of the run`);
  }
}

/** A turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How long a user's function takes: so many microtasks, or turns of the event loop. */
export interface Pace {
  readonly microtasks: number;
  readonly turns: number;
}

/** Waits as long as a pace says. */
export async function passed({ microtasks, turns }: Pace): Promise<void> {
  for (let n = 0; n < turns; n++) await turn();
  for (let n = 0; n < microtasks; n++) await undefined;
}

/** A pace as code: `passed(2, 1)`. */
export function paceText({ microtasks, turns }: Pace): string {
  return turns === 0 ? `microtasks(${microtasks})` : `turns(${turns}, ${microtasks})`;
}

/** A promise that never settles: a user's function that doesn't answer. */
export const never = () => new Promise<never>(() => undefined);
