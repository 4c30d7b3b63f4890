/** What {@link SingleFlight.run} answers. */
export interface Landing<T> {
  readonly result: T;
  /** Whether the computation was under way already. */
  readonly joined: boolean;
  /** Whether nobody else has asked for this result, or will be given it. */
  readonly alone: boolean;
}

interface Flight<T> {
  readonly landing: Promise<T>;
  askers: number;
}

/** One computation per key however many ask. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * The result of `compute`, or of the computation of the same key that is already under way. Aborting stops the waiting of this
   * caller only.
   */
  async run(key: string, compute: () => Promise<T>, signal: AbortSignal | undefined): Promise<Landing<T>> {
    signal?.throwIfAborted();
    const known = this.#flights.get(key);
    const flight = known ?? this.#begin(key, compute);
    flight.askers++;
    const result = await untilAborted(flight.landing, signal);
    return { result, joined: known !== undefined, alone: flight.askers === 1 };
  }

  #begin(key: string, compute: () => Promise<T>): Flight<T> {
    // Who asks after the landing begins another flight: from then on the number of askers stands.
    const landing = compute().finally(() => this.#flights.delete(key));
    const flight = { landing, askers: 0 };
    this.#flights.set(key, flight);
    // Those who wait hear of a failure themselves; if all have left, nobody does.
    landing.catch(() => undefined);
    return flight;
  }
}

/** The promise's result, or a rejection with the signal's reason as soon as it aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
