/** Callers that want the same result at the same time share one computation. */
import { isInstance } from "../is-instance.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";
import { onAbort } from "./on-abort.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * What happens to a computation when no caller waits for it any more: `"finish"` lets it continue, for a result that is
 * kept anyway; `"stop"` aborts its signal, and the caller that left last waits until it has ended and released its
 * files.
 */
export type WhenUnwanted = "finish" | "stop";

/** What a computation receives about its callers. */
export interface ComputationContext {
  /**
   * Aborted when no caller waits any more, if the computation should then stop. It is not the signal of a single
   * caller.
   */
  readonly signal: AbortSignal;
  /** Ends the computation by throwing if no caller waits any more. Call it where no work would be lost. */
  throwIfUnwanted(): void;
  /**
   * Like `throwIfUnwanted`, but also marks the start of work that would be lost. Before this call, a caller that
   * arrives after all others have left starts another computation; after it, such a caller waits for this one.
   */
  commit(): void;
}

/** What a caller of {@link ComputeOnce.run} gets. */
export interface SharedResult<T> {
  readonly result: T;
  /** Whether the computation was already running. */
  readonly joined: boolean;
  /** Whether another caller has received, or will receive, the same result. */
  readonly isShared: boolean;
}

/** One computation per id at a time, however many callers there are. Results are not kept. */
export class ComputeOnce<T> {
  readonly #whenUnwanted: WhenUnwanted;
  readonly #running = new Map<string, Computation<T>>();

  constructor(whenUnwanted: WhenUnwanted) {
    this.#whenUnwanted = whenUnwanted;
  }

  /**
   * The result of `compute`, or of the computation that is already running for the same id. The caller's signal only
   * ends the waiting of this caller. `compute` is called synchronously, so that a result that needs no promise is
   * returned without one.
   */
  run(
    id: string,
    compute: (context: ComputationContext) => MaybePromise<T>,
    signal: AbortSignal | undefined,
  ): MaybePromise<SharedResult<T>> {
    signal?.throwIfAborted();
    const known = this.#running.get(id);
    if (known?.canBeJoined) return this.#wait(known, signal, true);
    // A computation that is stopping may still use files that the next one needs.
    if (known?.isStopping) return untilAborted(known.ended, signal).then(() => this.run(id, compute, signal));
    const computation = new Computation<T>(this.#whenUnwanted, () => this.#forget(id, computation));
    this.#running.set(id, computation);
    const immediate = computation.start(compute, signal);
    if (immediate) return { result: immediate.result, joined: false, isShared: false };
    return this.#wait(computation, signal, false);
  }

  async #wait(computation: Computation<T>, signal: AbortSignal | undefined, joined: boolean): Promise<SharedResult<T>> {
    const result = await computation.wait(signal, joined);
    return { result, joined, isShared: computation.isShared };
  }

  #forget(id: string, computation: Computation<T>): void {
    if (this.#running.get(id) === computation) this.#running.delete(id);
  }
}

/** One computation and its callers. */
class Computation<T> {
  readonly #whenUnwanted: WhenUnwanted;
  readonly #onEnd: () => void;
  readonly #stopping = new AbortController();
  /** The signal of each caller, which says whether it still waits. */
  readonly #callers: (AbortSignal | undefined)[] = [];
  #promise: Promise<T> | undefined;
  /** Whether stopping would lose work. */
  #isCommitted = false;

  constructor(whenUnwanted: WhenUnwanted, onEnd: () => void) {
    this.#whenUnwanted = whenUnwanted;
    this.#onEnd = onEnd;
  }

  /** Begins the computation for its first caller. Returns the result if it is available synchronously. */
  start(
    compute: (context: ComputationContext) => MaybePromise<T>,
    signal: AbortSignal | undefined,
  ): { readonly result: T } | undefined {
    this.#callers.push(signal);
    try {
      const computed = compute({
        signal: this.#stopping.signal,
        throwIfUnwanted: () => this.#throwIfUnwanted(),
        commit: () => {
          this.#throwIfUnwanted();
          this.#isCommitted = true;
        },
      });
      if (!isPromise(computed)) {
        this.#onEnd();
        return { result: computed };
      }
      this.#promise = Promise.resolve(computed).finally(this.#onEnd);
    } catch (error) {
      this.#onEnd();
      throw error;
    }
    // Callers that wait receive a failure themselves; if all have left, it is ignored.
    this.#promise.catch(() => undefined);
    return undefined;
  }

  get canBeJoined(): boolean {
    return this.#isWanted || (this.#isCommitted && !this.isStopping);
  }

  get isStopping(): boolean {
    return this.#whenUnwanted === "stop" && !this.#isWanted;
  }

  get isShared(): boolean {
    return this.#callers.length > 1;
  }

  /** Settles, without an error, once the computation has ended. */
  get ended(): Promise<void> {
    const end = () => undefined;
    return Promise.resolve(this.#promise).then(end, end);
  }

  async wait(signal: AbortSignal | undefined, joins: boolean): Promise<T> {
    if (joins) this.#callers.push(signal);
    if (!this.#promise) throw new Error("a computation waits for its own result");
    // At once, and not when this caller notices: until then the computation would go on and open things.
    const leave = () => {
      if (this.isStopping) this.#stopping.abort(signal?.reason);
    };
    const unregister = signal && onAbort(signal, leave);
    try {
      return await untilAborted(this.#promise, signal);
    } catch (error) {
      if (signal?.aborted && this.isStopping) await this.ended;
      throw error;
    } finally {
      unregister?.();
    }
  }

  get #isWanted(): boolean {
    return this.#callers.some((signal) => !signal?.aborted);
  }

  #throwIfUnwanted(): void {
    if (this.#isWanted) return;
    this.#onEnd();
    throw new Error("no caller waits for the result any more");
  }
}

/**
 * For computations that stop with the caller that began them. `request` gets the result of `compute`, run by this
 * caller or by another one on behalf of all. If that caller left before the result was ready, calls `request` again, so
 * that the next caller computes.
 */
export async function requestUntilComputed<T, R>(
  compute: () => Promise<T>,
  request: (compute: () => Promise<T>) => Promise<R>,
  signal: AbortSignal,
): Promise<R> {
  const computeHere = async () => {
    try {
      return await compute();
    } catch (error) {
      throw signal.aborted && error === signal.reason ? new CallerLeft() : error;
    }
  };
  for (;;) {
    try {
      return await request(computeHere);
    } catch (error) {
      if (!isInstance(error, CallerLeft)) throw error;
      signal.throwIfAborted();
    }
  }
}

class CallerLeft extends Error {}
