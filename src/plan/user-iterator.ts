import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { insideRun } from "./inspection.ts";

/**
 * An iterator of code that is not ours, opened at the first `next` and closed exactly once, whenever that happens:
 * before it is open, while it opens, while a `next` is pending that may never settle, or after its end.
 */
export class UserIterator<T> {
  readonly #open: () => MaybePromise<Iterable<T> | AsyncIterable<T>>;
  readonly #signal: AbortSignal;
  #iterator: Iterator<T> | AsyncIterator<T> | undefined;
  #pending = false;
  #closed = false;

  /** @param signal of the run: once it is aborted, nothing is opened */
  constructor(open: () => MaybePromise<Iterable<T> | AsyncIterable<T>>, signal: AbortSignal) {
    this.#open = open;
    this.#signal = signal;
  }

  /** The next result; done after a close. */
  next(): MaybePromise<IteratorResult<T>> {
    if (this.#closed) return finished;
    if (this.#iterator) return this.#advance(this.#iterator);
    if (this.#signal.aborted) return finished;
    return whenReady(insideRun(this.#signal, this.#open), (source) => {
      if (this.#closed) return whenReady(abandon(source), () => finished);
      this.#iterator = insideRun(this.#signal, () => iteratorOf(source));
      return this.#advance(this.#iterator);
    });
  }

  /** Calls `return` of an iterator that has not ended. Settles without waiting for a pending `next`. */
  close(): MaybePromise<void> {
    this.#closed = true;
    return this.#release();
  }

  #advance(iterator: Iterator<T> | AsyncIterator<T>): MaybePromise<IteratorResult<T>> {
    const step = this.#step(iterator);
    if (!isPromise(step)) return this.#take(step);
    this.#pending = true;
    return step.then(
      (result) => {
        this.#pending = false;
        return this.#take(result);
      },
      (error) => this.#fail(error),
    );
  }

  #step(iterator: Iterator<T> | AsyncIterator<T>): MaybePromise<IteratorResult<T>> {
    try {
      return iterator.next();
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** An iterator that threw has ended: there is nothing left to close. */
  #fail(error: unknown): never {
    this.#pending = false;
    this.#iterator = undefined;
    this.#closed = true;
    throw error;
  }

  #take(result: IteratorResult<T>): IteratorResult<T> {
    if (!result.done) return this.#closed ? finished : result;
    this.#iterator = undefined;
    this.#closed = true;
    return result;
  }

  /** A generator settles `return` only after its pending `next`. In that case `return` is called but not awaited. */
  #release(): MaybePromise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    const returned = iterator?.return?.();
    if (!isPromise(returned)) return;
    if (!this.#pending) return returned.then(() => undefined);
    returned.then(undefined, () => undefined);
  }
}

/**
 * Releases a source that came after the close. Nothing is read from it; but whoever made it may have opened something
 * already, as a stream of Node has, which its iterator closes only after it was read from.
 */
function abandon(source: Iterable<unknown> | AsyncIterable<unknown>): MaybePromise<unknown> {
  for (const method of [Symbol.asyncDispose, Symbol.dispose]) {
    const release: unknown = Reflect.get(source, method);
    if (typeof release === "function") return Reflect.apply(release, source, []);
  }
  return iteratorOf(source).return?.();
}

function iteratorOf<T>(source: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

const finished: IteratorResult<never> = { done: true, value: undefined };
