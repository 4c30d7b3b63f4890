/** A value that is here or on its way. The hot path stays free of promises as long as nothing waits. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Tells whether a value is still on its way. */
export function isPromise<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Calls `next` with the value: now if it is here, later if it is not. */
export function whenReady<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Lets timers, I/O and aborts have a turn. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
