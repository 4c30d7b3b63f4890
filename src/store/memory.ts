import { type Bytes, formatBytes, parseBytes } from "../bytes.ts";
import { StoreError } from "../errors.ts";
import { areUnchanged } from "../fingerprint/file.ts";
import { sizeOf } from "../size.ts";
import { handOut } from "./hand-out.ts";
import { SingleFlight } from "./single-flight.ts";
import type { Store, StoreAnswer, StoredItem, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Bytes that the store may hold; the entries longest unused make room. Default `"2GiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * Keeps items in this process's memory. A hit copies no samples: its volumes are views that copy when written to. An item larger
 * than the whole store is computed and given, but not kept.
 *
 * @example
 * ```ts
 * import { memoryStore } from "voxrx";
 * const store = memoryStore({ maxBytes: "500MB" });
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(parseBytes(options.maxBytes ?? "2GiB", "maxBytes", "memoryStore"));
}

interface Held {
  readonly item: StoredItem;
  readonly bytes: number;
}

class MemoryStore implements Store {
  readonly name: string;
  readonly #maxBytes: number;
  /** In the order of use, the longest unused first. */
  readonly #held = new Map<string, Held>();
  readonly #flight = new SingleFlight<StoreAnswer>();
  #bytes = 0;
  #closed = false;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, stale: 0 };

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.name = `memoryStore(${formatBytes(maxBytes)})`;
  }

  async getOrCompute({ key, compute, signal }: StoreRequest): Promise<StoreAnswer> {
    this.#checkOpen();
    const work = async (): Promise<StoreAnswer> => {
      const known = await this.#lookUp(key);
      if (known) return { stored: known, how: "hit" };
      this.#counts.misses++;
      const computed = await compute();
      // The computed item is kept as a copy of its own, so that whoever made it cannot change what is kept.
      if (!this.#closed) this.#keep(key, { value: handOut(computed.value), files: computed.files });
      return { stored: computed, how: "computed" };
    };
    const { result, joined } = await this.#flight.run(key, work, signal);
    if (result.how === "hit" || joined) this.#counts.hits++;
    const stored = { value: handOut(result.stored.value), files: result.stored.files };
    return { stored, how: joined && result.how === "computed" ? "joined" : result.how };
  }

  async get(key: string): Promise<StoredItem | undefined> {
    this.#checkOpen();
    const item = await this.#lookUp(key);
    this.#counts[item ? "hits" : "misses"]++;
    return item && { value: handOut(item.value), files: item.files };
  }

  async set(key: string, item: StoredItem): Promise<void> {
    this.#checkOpen();
    this.#keep(key, { value: handOut(item.value), files: item.files });
  }

  async delete(key: string): Promise<void> {
    this.#checkOpen();
    this.#drop(key);
  }

  async stats(): Promise<StoreStats> {
    this.#checkOpen();
    return { entries: this.#held.size, bytes: this.#bytes, maxBytes: this.#maxBytes, damaged: 0, ...this.#counts };
  }

  /** Memory has no checksums to compare: nothing but this store can reach what it holds. */
  async verify(): Promise<VerifyReport> {
    this.#checkOpen();
    return { checked: this.#held.size, damaged: [] };
  }

  async prune(maxBytes = this.#maxBytes): Promise<{ dropped: number; bytes: number }> {
    this.#checkOpen();
    const before = this.#held.size;
    for (const [key, { item }] of [...this.#held]) {
      if (item.files.length > 0 && !(await areUnchanged(item.files))) this.#drop(key);
    }
    this.#evict(maxBytes);
    return { dropped: before - this.#held.size, bytes: this.#bytes };
  }

  async clear(): Promise<void> {
    this.#checkOpen();
    this.#held.clear();
    this.#bytes = 0;
  }

  async close(): Promise<void> {
    this.#held.clear();
    this.#bytes = 0;
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #lookUp(key: string): Promise<StoredItem | undefined> {
    const held = this.#held.get(key);
    if (!held) return undefined;
    if (held.item.files.length > 0 && !(await areUnchanged(held.item.files))) {
      this.#counts.stale++;
      this.#drop(key);
      return undefined;
    }
    this.#held.delete(key);
    this.#held.set(key, held);
    return held.item;
  }

  #keep(key: string, item: StoredItem): void {
    this.#drop(key);
    const bytes = sizeOf(item.value);
    if (bytes > this.#maxBytes) return;
    this.#held.set(key, { item, bytes });
    this.#bytes += bytes;
    this.#counts.evicted += this.#evict(this.#maxBytes);
  }

  #evict(maxBytes: number): number {
    let dropped = 0;
    for (const key of this.#held.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.#drop(key);
      dropped++;
    }
    return dropped;
  }

  #drop(key: string): void {
    this.#bytes -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StoreError("VOXRX_STORE_CLOSED", `${this.name} was closed`, { remedy: "Make a new store." });
  }
}
