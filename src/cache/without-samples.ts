import type { Store, StoreAnswer, StoreRequest } from "./store.ts";

type GetOrCompute = Store["getOrCompute"];

const ways = new WeakMap<Store, (request: StoreRequest) => Promise<StoreAnswer>>();

/** Declares that a store can answer requests without the samples of an item's own volumes, which are read when used. */
export function canLeaveSamples(store: Store, answer: GetOrCompute): void {
  ways.set(store, answer);
}

/**
 * How a store answers without samples; undefined if it can't. Only the engine, which reads them, may ask for it: a user's
 * store around another one would get, and could keep, volumes without samples. So does one whose method was replaced.
 */
export function answerWithoutSamples(store: Store): GetOrCompute | undefined {
  return Object.hasOwn(store, "getOrCompute") ? undefined : ways.get(store);
}
