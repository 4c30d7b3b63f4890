import type { Run } from "../plan/stage.ts";
import { isPromise, type MaybePromise, whenReady } from "./maybe-promise.ts";

/** Something that the first run that needs it finds, and that is then kept for all. A failure is not kept. */
export class FoundOnce<T> {
  readonly #find: (run: Run) => MaybePromise<T>;
  #finding: MaybePromise<T> | undefined;
  #found: { readonly value: T } | undefined;

  constructor(find: (run: Run) => MaybePromise<T>) {
    this.#find = find;
  }

  /** What was found; undefined before. */
  get found(): T | undefined {
    return this.#found?.value;
  }

  in(run: Run): MaybePromise<T> {
    if (this.#found) return this.#found.value;
    const isMine = !this.#finding;
    const finding = (this.#finding ??= whenReady(this.#find(run), (value) => {
      this.#found = { value };
      return value;
    }));
    if (!isPromise(finding)) return finding;
    return Promise.resolve(finding).catch((error: unknown) => {
      if (this.#finding === finding) this.#finding = undefined;
      // The run that was finding it for all may only have been closed: this one goes on.
      if (isMine || run.signal.aborted) throw error;
      return this.in(run);
    });
  }
}
