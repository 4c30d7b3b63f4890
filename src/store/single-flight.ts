/** One computation per key however many ask. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>();

  /**
   * The result of `compute`, or of the computation of the same key that is already under way. Aborting stops the waiting of this
   * caller only.
   */
  async run(
    key: string,
    compute: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly result: T; readonly joined: boolean }> {
    signal?.throwIfAborted();
    const known = this.#flights.get(key);
    const flight = known ?? this.#begin(key, compute);
    return { result: await untilAborted(flight, signal), joined: known !== undefined };
  }

  #begin(key: string, compute: () => Promise<T>): Promise<T> {
    const flight = compute().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    // Those who wait hear of a failure themselves; if all have left, nobody does.
    flight.catch(() => undefined);
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
