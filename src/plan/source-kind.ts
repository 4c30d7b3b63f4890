/** What a source is, from the properties that it has. */

/** Whether it is iterable, synchronously or not. */
export function isIterable(input: object): input is Iterable<unknown> | AsyncIterable<unknown> {
  return Symbol.asyncIterator in input || Symbol.iterator in input;
}

/** Whether it is a promise of any kind. */
export function isPromiseLike(input: object): input is PromiseLike<unknown> {
  return "then" in input && typeof input.then === "function";
}

/** Whether it can be read only once, because it is its own iterator. */
export function isOneShot(value: Iterable<unknown> | AsyncIterable<unknown>): boolean {
  if (Symbol.asyncIterator in value) return "next" in value && value[Symbol.asyncIterator]() === value;
  return "next" in value && value[Symbol.iterator]() === value;
}
