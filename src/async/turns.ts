/** Work on keys: for one key one piece after the other, for several keys at once. */
export class Turns {
  /** The latest work on each key that is being worked on. */
  readonly #latest = new Map<string, Promise<unknown>>();

  /** Whether a key is being worked on. */
  isTaken(key: string): boolean {
    return this.#latest.has(key);
  }

  /** Does some work on a key once what was begun before on it has ended. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#latest.get(key) ?? Promise.resolve();
    const turn = before.then(work);
    // The asker hears of a failure; the next turn begins all the same.
    const end = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#latest.get(key) === end) this.#latest.delete(key);
      });
    this.#latest.set(key, end);
    return turn;
  }
}
