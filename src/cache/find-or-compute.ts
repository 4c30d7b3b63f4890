import type { ComputationContext, ComputeOnce } from "../async/compute-once.ts";
import { shareStoredItem } from "../item/shared-copy.ts";
import type { StoredItem } from "../item/stored-item.ts";
import type { StoreAnswer, StoreRequest } from "./store.ts";

/** What {@link findOrCompute} needs from a store. */
export interface EntryStore {
  /** The entry if it is there, fresh and intact. */
  lookUp(id: string): Promise<StoredItem | undefined>;
  /** Keeps an item and returns what a later hit will return. */
  keep(id: string, item: StoredItem): StoredItem | Promise<StoredItem>;
  readonly counts: { hits: number; misses: number };
}

/** `getOrCompute` of a store that only one process uses: one computation per id, however many callers there are. */
export async function findOrCompute(
  computations: ComputeOnce<StoreAnswer>,
  { id, compute, signal }: StoreRequest,
  store: EntryStore,
): Promise<StoreAnswer> {
  const work = async (context: ComputationContext): Promise<StoreAnswer> => {
    const known = await store.lookUp(id);
    if (known) return { stored: known, outcome: "hit" };
    context.commit();
    store.counts.misses++;
    return { stored: await store.keep(id, await compute()), outcome: "computed" };
  };
  const { result, joined } = await computations.run(id, work, signal);
  if (result.outcome === "hit" || joined) store.counts.hits++;
  const outcome = joined && result.outcome === "computed" ? "joined" : result.outcome;
  return { stored: shareStoredItem(result.stored), outcome };
}
