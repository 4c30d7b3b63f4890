/** Work that several callers wait for and that ends early only when none of them does any more. */
import { orAborted } from "../files/file-lock.ts";

/** One piece of work in progress. */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #done: Promise<T>;
  #waiting = 0;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#done = work(this.#controller.signal);
    this.#done.catch(() => {}); // every caller hears of it through join()
  }

  /** Whether all who waited have left, so that the work is being given up. */
  get isAbandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits for the result. When the last one to wait is aborted, the work is, and it is waited for until it let go of its files. */
  async join(signal: AbortSignal | undefined): Promise<T> {
    this.#waiting++;
    try {
      return await orAborted(this.#done, signal);
    } catch (error) {
      if (this.#waiting === 1 && signal?.aborted) {
        this.#controller.abort(signal.reason);
        await this.settled();
      }
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  /** Settles, without an error, when the work has ended. */
  async settled(): Promise<void> {
    await this.#done.then(
      () => {},
      () => {},
    );
  }
}
