import { isVoxRxError, messageOf, StoreError } from "../errors.ts";
import type { StoredItem } from "../item/stored-item.ts";
import type { Store, StoreAnswer, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/**
 * Puts a fast store over a large one, such as memory over disk: looks in `upper`, then in `lower`, then computes. What
 * is found or computed is kept in both; what is `set` is at first kept only in the lower one. Each evicts
 * independently.
 *
 * `stats()`: `bytes`, `maxBytes`, `evicted`, `stale` and `damaged` are sums over the two (`maxBytes` is undefined if
 * one has no limit; an entry found stale in both counts twice); `hits` are the hits in either, `misses` what neither
 * had; `entries` is that of the store which holds more, because the upper one mostly holds copies of the lower one's
 * entries. `prune(n)` leaves up to n bytes in the lower store, and in the upper one as many as remain of n. Closing it
 * closes both.
 *
 * @example
 * ```ts
 * import { lmdbStore, memoryStore, tieredStore } from "voxrx";
 * const store = tieredStore(memoryStore({ maxBytes: "4GiB" }), lmdbStore("cache"));
 * ```
 */
export function tieredStore(upper: Store, lower: Store): Store {
  return new TieredStore(upper, lower);
}

class TieredStore implements Store {
  readonly name: string;
  readonly rounding: string | undefined;
  readonly #upper: Store;
  readonly #lower: Store;

  constructor(upper: Store, lower: Store) {
    this.#upper = upper;
    this.#lower = lower;
    this.name = `${upper.name} over ${lower.name}`;
    this.rounding = lower.rounding ?? upper.rounding;
  }

  /** The upper store may be above other stores, too, which round in another way. */
  #inUpper(id: string): string {
    const { rounding } = this.#lower;
    return rounding === undefined ? id : `${rounding}:${id}`;
  }

  async getOrCompute({ id, compute, signal }: StoreRequest): Promise<StoreAnswer> {
    let lowerOutcome: StoreAnswer["outcome"] | undefined;
    const computeInLower = async () => {
      // Without the signal, because others may wait in the upper store for what the lower one finds.
      const answer = await this.#lower.getOrCompute({ id, compute });
      lowerOutcome = answer.outcome;
      return answer.stored;
    };
    const { stored, outcome } = await this.#upper.getOrCompute({
      id: this.#inUpper(id),
      compute: computeInLower,
      ...(signal ? { signal } : {}),
    });
    return { stored, outcome: outcome === "computed" ? (lowerOutcome ?? outcome) : outcome };
  }

  async get(id: string): Promise<StoredItem | undefined> {
    const inUpper = await ask(this.#upper, (store) => store.get(this.#inUpper(id)));
    if (inUpper) return inUpper;
    const inLower = await ask(this.#lower, (store) => store.get(id));
    if (inLower) await ask(this.#upper, (store) => store.set(this.#inUpper(id), inLower));
    return inLower;
  }

  async set(id: string, item: StoredItem): Promise<void> {
    // The upper store gets it at the next request: the lower one may round what it keeps, and both must return the
    // same.
    await ask(this.#upper, (store) => store.delete(this.#inUpper(id)));
    await ask(this.#lower, (store) => store.set(id, item));
  }

  async delete(id: string): Promise<void> {
    await Promise.all([
      ask(this.#upper, (store) => store.delete(this.#inUpper(id))),
      ask(this.#lower, (store) => store.delete(id)),
    ]);
  }

  async stats(): Promise<StoreStats> {
    const [a, b] = await Promise.all([
      ask(this.#upper, (store) => store.stats()),
      ask(this.#lower, (store) => store.stats()),
    ]);
    return {
      entries: Math.max(a.entries, b.entries),
      bytes: a.bytes + b.bytes,
      maxBytes: a.maxBytes === undefined || b.maxBytes === undefined ? undefined : a.maxBytes + b.maxBytes,
      hits: a.hits + b.hits,
      misses: b.misses,
      evicted: a.evicted + b.evicted,
      stale: a.stale + b.stale,
      damaged: a.damaged + b.damaged,
    };
  }

  async verify(): Promise<VerifyReport> {
    const [a, b] = [
      await ask(this.#upper, (store) => store.verify()),
      await ask(this.#lower, (store) => store.verify()),
    ];
    return { checked: a.checked + b.checked, damaged: [...a.damaged, ...b.damaged] };
  }

  async prune(maxBytes?: number): Promise<{ dropped: number; bytes: number }> {
    const b = await ask(this.#lower, (store) => store.prune(maxBytes));
    const a = await ask(this.#upper, (store) =>
      store.prune(maxBytes === undefined ? undefined : Math.max(0, maxBytes - b.bytes)),
    );
    return { dropped: a.dropped + b.dropped, bytes: a.bytes + b.bytes };
  }

  async clear(): Promise<void> {
    await Promise.all([ask(this.#upper, (store) => store.clear()), ask(this.#lower, (store) => store.clear())]);
  }

  async close(): Promise<void> {
    await Promise.all([ask(this.#upper, (store) => store.close()), ask(this.#lower, (store) => store.close())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Calls a store, which may be a user's. */
async function ask<T>(store: Store, call: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await call(store);
  } catch (cause) {
    if (isVoxRxError(cause)) throw cause;
    throw new StoreError("VOXRX_STORE_UNUSABLE", `${store.name}: ${messageOf(cause)}`, {
      cause,
      remedy: "See the cause: the store threw it.",
    });
  }
}
