import { ComputeOnce } from "./compute-once.ts";
import { isPromise, type MaybePromise, whenReady } from "./maybe-promise.ts";
import { untilAborted } from "./until-aborted.ts";

/** A value that is computed when it is first requested, once for all callers, and then kept. A failure is not kept. */
export class LazyValue<T> {
  readonly #once = new ComputeOnce<T>("stop");
  #kept: { readonly value: T } | undefined;

  /** The value, if it was computed already. */
  get known(): T | undefined {
    return this.#kept?.value;
  }

  /**
   * The value. `compute` gets a signal that aborts when no caller waits any more; `signal` only ends the waiting of
   * this caller.
   */
  get(compute: (signal: AbortSignal) => MaybePromise<T>, signal: AbortSignal): MaybePromise<T> {
    if (this.#kept) return this.#kept.value;
    const value = whenReady(
      this.#once.run("", (context) => compute(context.signal), signal),
      ({ result }) => {
        this.#kept ??= { value: result };
        return this.#kept.value;
      },
    );
    // A caller that leaves is not held up by a function that ignores its signal.
    return isPromise(value) ? untilAborted(value, signal) : value;
  }
}
