import type { Store } from "./store.ts";

type GetOrCompute = Store["getOrCompute"];

const ways = new WeakMap<Store, GetOrCompute>();

/** Declares that a store can answer requests without the samples of an item's own volumes, which are read when used. */
export function canLeaveSamples(store: Store, answer: GetOrCompute): void {
  ways.set(store, answer);
}

/**
 * How a store answers without samples; undefined if it can't, or if its method was replaced. Only the engine, which reads
 * them, may ask for it: a user's store around another one could keep volumes without samples.
 */
export function answerWithoutSamples(store: Store): GetOrCompute | undefined {
  return Object.hasOwn(store, "getOrCompute") ? undefined : ways.get(store);
}
