/** Longest time of work, in ms, without a turn of the event loop. */
const longestStretchMs = 8;

/** Resolves after timers, I/O and aborts have had a turn. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Keeps long work from blocking timers, I/O and aborts. */
export class EventLoopTurns {
  #last = performance.now();

  /**
   * A promise to await if the last turn was too long ago; otherwise undefined, so that the usual path needs no
   * promises.
   */
  ifDue(): Promise<void> | undefined {
    if (performance.now() - this.#last <= longestStretchMs) return undefined;
    return eventLoopTurn().then(() => {
      this.#last = performance.now();
    });
  }
}
