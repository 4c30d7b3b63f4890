import type { Crew, SingleFlight } from "../async/single-flight.ts";
import { handOutItem } from "../item/shared-copy.ts";
import type { StoreAnswer, StoredItem, StoreRequest } from "./store.ts";

/** The two things that {@link findOrCompute} needs of a store, and what it counts. */
export interface Keeper {
  /** The entry if it is there, fresh and intact. */
  lookUp(key: string): Promise<StoredItem | undefined>;
  /** Keeps an item and gives what a later hit will give. */
  keep(key: string, item: StoredItem): StoredItem | Promise<StoredItem>;
  readonly counts: { hits: number; misses: number };
}

/** `getOrCompute` of a store that one process has to itself: one computation per key however many ask. */
export async function findOrCompute(
  flight: SingleFlight<StoreAnswer>,
  { key, compute, signal }: StoreRequest,
  keeper: Keeper,
): Promise<StoreAnswer> {
  const work = async (crew: Crew): Promise<StoreAnswer> => {
    const known = await keeper.lookUp(key);
    if (known) return { stored: known, how: "hit" };
    crew.leaveIfUnwanted();
    keeper.counts.misses++;
    return { stored: await keeper.keep(key, await compute()), how: "computed" };
  };
  const { result, joined } = await flight.run(key, work, signal);
  if (result.how === "hit" || joined) keeper.counts.hits++;
  const how = joined && result.how === "computed" ? "joined" : result.how;
  return { stored: handOutItem(result.stored), how };
}
