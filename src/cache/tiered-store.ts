import type { Store, StoreAnswer, StoredItem, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/**
 * Puts a fast store over a large one, such as memory over disk: looks in `upper`, then in `lower`, then computes; what is found or
 * computed is kept in both, and what is `set` in the lower one at first. The two may evict on their own.
 *
 * `stats()`: `bytes`, `maxBytes`, `evicted`, `stale` and `damaged` are sums over the two (`maxBytes` is undefined if one has no
 * limit; an entry found stale in both counts twice); `hits` are the hits in either, `misses` what neither had; `entries` is that
 * of the store which holds more, as the upper one mostly holds copies of the lower one's. `prune(n)` leaves the lower store up to
 * n bytes, and the upper one the rest of them. Closing it closes both.
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
  readonly #upper: Store;
  readonly #lower: Store;

  constructor(upper: Store, lower: Store) {
    this.#upper = upper;
    this.#lower = lower;
    this.name = `${upper.name} over ${lower.name}`;
  }

  async getOrCompute({ key, compute, signal }: StoreRequest): Promise<StoreAnswer> {
    let below: StoreAnswer["how"] | undefined;
    const ask = async () => {
      // Without the signal: others may wait in the upper store for what the lower one finds.
      const answer = await this.#lower.getOrCompute({ key, compute });
      below = answer.how;
      return answer.stored;
    };
    const { stored, how } = await this.#upper.getOrCompute({ key, compute: ask, ...(signal ? { signal } : {}) });
    return { stored, how: how === "computed" ? (below ?? how) : how };
  }

  async get(key: string): Promise<StoredItem | undefined> {
    const near = await this.#upper.get(key);
    if (near) return near;
    const far = await this.#lower.get(key);
    if (far) await this.#upper.set(key, far);
    return far;
  }

  async set(key: string, item: StoredItem): Promise<void> {
    // The upper one takes it at the next ask: what the lower one keeps may be rounded, and both must answer alike.
    await this.#upper.delete(key);
    await this.#lower.set(key, item);
  }

  async delete(key: string): Promise<void> {
    await Promise.all([this.#upper.delete(key), this.#lower.delete(key)]);
  }

  async stats(): Promise<StoreStats> {
    const [a, b] = await Promise.all([this.#upper.stats(), this.#lower.stats()]);
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
    const [a, b] = [await this.#upper.verify(), await this.#lower.verify()];
    return { checked: a.checked + b.checked, damaged: [...a.damaged, ...b.damaged] };
  }

  async prune(maxBytes?: number): Promise<{ dropped: number; bytes: number }> {
    const b = await this.#lower.prune(maxBytes);
    const a = await this.#upper.prune(maxBytes === undefined ? undefined : Math.max(0, maxBytes - b.bytes));
    return { dropped: a.dropped + b.dropped, bytes: a.bytes + b.bytes };
  }

  async clear(): Promise<void> {
    await Promise.all([this.#upper.clear(), this.#lower.clear()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#upper.close(), this.#lower.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
