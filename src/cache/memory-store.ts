import { z } from "zod";
import { SingleFlight } from "../async/single-flight.ts";
import { type Bytes, formatBytes, parseBytes } from "../bytes.ts";
import { StoreError } from "../errors.ts";
import { areUnchanged } from "../files/identify-file.ts";
import { handOutItem, keepable, memoryOf } from "../item/shared-copy.ts";
import { sizeOf } from "../item/size.ts";
import { checkOptions } from "../options.ts";
import { checkPruneLimit } from "./byte-budget.ts";
import { findOrCompute } from "./find-or-compute.ts";
import type { Store, StoreAnswer, StoredItem, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Bytes that the store may hold; the entries longest unused make room. Default `"2GiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * Keeps items in this process's memory. A hit copies no samples: its volumes are views that copy when written to. The entries
 * longest unused make room for new ones; an item larger than the whole store is computed and given, but not kept. What it counts
 * is the memory that an entry keeps alive.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` here; PipelineError `VOXRX_UNCACHEABLE` later, for an item with something in it that has
 * no stored form
 * @example
 * ```ts
 * import { memoryStore } from "voxrx";
 * const store = memoryStore({ maxBytes: "500MB" });
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxBytes } = checkOptions("memoryStore", schema, options);
  return new MemoryStore(parseBytes(maxBytes, "maxBytes", "memoryStore"));
}

const schema = z.strictObject({ maxBytes: z.union([z.number(), z.string()]).default("2GiB") });

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

  async getOrCompute(request: StoreRequest): Promise<StoreAnswer> {
    this.#checkOpen();
    return findOrCompute(this.#flight, request, {
      lookUp: (key) => this.#lookUp(key),
      keep: (key, item) => this.#keep(key, item),
      counts: this.#counts,
    });
  }

  async get(key: string): Promise<StoredItem | undefined> {
    this.#checkOpen();
    const item = await this.#lookUp(key);
    this.#counts[item ? "hits" : "misses"]++;
    return item && handOutItem(item);
  }

  async set(key: string, item: StoredItem): Promise<void> {
    this.#checkOpen();
    this.#keep(key, item);
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
    checkPruneLimit(maxBytes);
    let dropped = 0;
    for (const [key, held] of [...this.#held]) {
      if ((await isFresh(held)) || this.#held.get(key) !== held) continue;
      this.#drop(key);
      dropped++;
    }
    dropped += this.#evict(maxBytes);
    return { dropped, bytes: this.#bytes };
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
    const fresh = await isFresh(held);
    // While the files were looked at, the entry may have been replaced or dropped; what is known of this one still holds.
    const current = this.#held.get(key) === held;
    if (!fresh) this.#counts.stale++;
    if (current) this.#held.delete(key);
    if (current && fresh) this.#held.set(key, held);
    if (current && !fresh) this.#bytes -= held.bytes;
    return fresh ? held.item : undefined;
  }

  /** Keeps an item in a form of its own, so that whoever made it cannot change what is kept, and gives that form. */
  #keep(key: string, { value, files }: StoredItem): StoredItem {
    const item = { value: keepable(value), files: files.map((file) => ({ ...file })) };
    if (this.#closed) return item;
    this.#drop(key);
    const { spanned, held } = memoryOf(item.value);
    const bytes = sizeOf(item.value) + Math.max(0, held - spanned);
    if (bytes > this.#maxBytes) return item;
    this.#held.set(key, { item, bytes });
    this.#bytes += bytes;
    this.#counts.evicted += this.#evict(this.#maxBytes);
    return item;
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

async function isFresh({ item }: Held): Promise<boolean> {
  return item.files.length === 0 || (await areUnchanged(item.files));
}
