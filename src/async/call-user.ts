import { messageOf, PipelineError } from "../errors.ts";
import { isPromise, type MaybePromise } from "./maybe-promise.ts";

/**
 * Calls a function that was passed in options, so that what it throws, now or later, is not taken for a network or
 * archive error. `option` names it in the message.
 */
export function callUser<T>(option: string, call: () => T): T;
export function callUser<T>(option: string, call: () => MaybePromise<T>): MaybePromise<T> {
  const failed = (cause: unknown): never => {
    throw new PipelineError("VOXRX_TRANSFORM_FAILED", `the function ${option} threw: ${messageOf(cause)}`, {
      cause,
      remedy: "See the cause.",
    });
  };
  try {
    const result = call();
    return isPromise(result) ? result.then(undefined, failed) : result;
  } catch (cause) {
    return failed(cause);
  }
}

/** A function from options that is told something while other work continues, which does not wait for its promises. */
export class UserCallback<A> {
  readonly #option: string;
  readonly #function: ((argument: A) => unknown) | undefined;
  readonly #pending = new Set<PromiseLike<unknown>>();
  #failed: { readonly error: unknown } | undefined;

  constructor(option: string, callback: ((argument: A) => unknown) | undefined) {
    this.#option = option;
    this.#function = callback;
  }

  /** Calls the function. Throws what it throws, or what a promise of an earlier call was rejected with. */
  call(argument: A): void {
    this.#throwIfFailed();
    const result = callUser(this.#option, () => this.#function?.(argument));
    if (!isPromise(result)) return;
    this.#pending.add(result);
    const done = () => this.#pending.delete(result);
    result.then(done, (error: unknown) => {
      this.#failed ??= { error };
      done();
    });
  }

  /** Waits for the promises of all calls. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending);
    this.#throwIfFailed();
  }

  #throwIfFailed(): void {
    if (this.#failed) throw this.#failed.error;
  }
}
