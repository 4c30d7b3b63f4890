import { untilAborted } from "./until-aborted.ts";

/** A queue for each id: tasks for one id run one after the other, tasks for different ids at the same time. */
export class KeyedQueue {
  /** The end of the last task of each id that has one. */
  readonly #ends = new Map<string, Promise<unknown>>();

  /** Whether an id has a task that is running or queued. */
  isBusy(id: string): boolean {
    return this.#ends.has(id);
  }

  /**
   * Runs a task for an id after the tasks queued before it. An abort removes it from the queue; a task that has begun
   * continues.
   */
  async run<T>(id: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#ends.get(id) ?? Promise.resolve();
    const done = untilAborted(before, signal).then(work);
    // The caller receives a failure; the next task begins in any case.
    const end = Promise.allSettled([before, done]).then(() => {
      if (this.#ends.get(id) === end) this.#ends.delete(id);
    });
    this.#ends.set(id, end);
    return done;
  }
}
