/** A value or a promise of it. Code in hot paths creates promises only if something is asynchronous. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Whether a value is a promise. */
export function isPromise<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Calls `next` with the value: synchronously if it is available, otherwise when its promise resolves. */
export function whenReady<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}
