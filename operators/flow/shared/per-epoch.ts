import { LazyValue } from "../../../src/async/lazy-value.ts";
import { type MaybePromise, whenReady } from "../../../src/async/maybe-promise.ts";
import { ofAllItems } from "../../../src/plan/inspection.ts";
import type { Run } from "../../../src/plan/stage.ts";

/** Epochs that are kept: one is running, and another one may begin before it has ended. */
const keptEpochs = 2;

/**
 * What is computed once per epoch and seed, for all runs of them, because a shuffle before it gives the items other
 * indices in every epoch. A failure is not kept.
 */
export class PerEpoch<T> {
  readonly #make: (run: Run) => MaybePromise<T>;
  readonly #values = new Map<string, LazyValue<T>>();
  #latest: T | undefined;

  constructor(make: (run: Run) => MaybePromise<T>) {
    this.#make = make;
  }

  /** The value of the last epoch that it was computed for. */
  get latest(): T | undefined {
    return this.#latest;
  }

  /** Closing the first run that needs it does not stop the work while other runs wait. */
  get(run: Run): MaybePromise<T> {
    const key = JSON.stringify([run.epoch, run.seed]);
    const value = this.#values.get(key) ?? new LazyValue<T>();
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const other of this.#values.keys()) {
      if (this.#values.size <= keptEpochs) break;
      this.#values.delete(other);
    }
    const made = value.get((signal) => this.#make(ofAllItems({ ...run, signal })), run.signal);
    return whenReady(made, (latest) => {
      this.#latest = latest;
      return latest;
    });
  }
}
