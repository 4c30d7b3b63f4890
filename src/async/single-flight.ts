/** What {@link SingleFlight.run} answers. */
export interface Landing<T> {
  readonly result: T;
  /** Whether the computation was under way already. */
  readonly joined: boolean;
  /** Whether nobody else has asked for this result, or will be given it. */
  readonly alone: boolean;
}

/** What a computation may do to its own flight. */
export interface Crew {
  /**
   * Ends the computation by throwing if all who waited for it have left. To be called where no work would be lost. Once all have left,
   * a new asker begins another computation if this was not called yet, or ended this one; else it joins.
   */
  leaveIfUnwanted(): void;
}

interface Flight<T> {
  readonly landing: Promise<T>;
  /** One for each who asked: by its signal it is known whether it still waits. */
  readonly askers: (AbortSignal | undefined)[];
  /** Whether work is under way that would be lost. */
  begun: boolean;
}

function isWanted({ askers }: Flight<unknown>): boolean {
  return askers.some((signal) => !signal?.aborted);
}

/** One computation per key however many ask. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * The result of `compute`, or of the computation of the same key that is already under way. Aborting stops the waiting of this
   * caller only.
   */
  async run(key: string, compute: (crew: Crew) => Promise<T>, signal: AbortSignal | undefined): Promise<Landing<T>> {
    signal?.throwIfAborted();
    const known = this.#flights.get(key);
    const joined = known !== undefined && (known.begun || isWanted(known));
    const flight = joined ? known : this.#begin(key, compute);
    flight.askers.push(signal);
    const result = await untilAborted(flight.landing, signal);
    return { result, joined, alone: flight.askers.length === 1 };
  }

  #begin(key: string, compute: (crew: Crew) => Promise<T>): Flight<T> {
    const crew = {
      leaveIfUnwanted: () => {
        flight.begun = isWanted(flight);
        if (flight.begun) return;
        this.#end(key, flight);
        throw new Error("nobody waits any more");
      },
    };
    // Not in this turn: a computation finds its flight complete. Who asks after the landing begins another flight: from then on
    // the number of those who asked stands.
    const landing = Promise.resolve(crew)
      .then(compute)
      .finally(() => this.#end(key, flight));
    const flight: Flight<T> = { landing, askers: [], begun: false };
    this.#flights.set(key, flight);
    // Those who wait hear of a failure themselves; if all have left, nobody does.
    landing.catch(() => undefined);
    return flight;
  }

  #end(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

/** The promise's result, or a rejection with the signal's reason as soon as it aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
