import * as v from "valibot";
import { ComputeOnce } from "../async/compute-once.ts";
import { type Bytes, formatBytes, parseBytes } from "../bytes.ts";
import { StoreError } from "../errors.ts";
import { renewedIdentities } from "../http/identify-file.ts";
import { copyForStore, memoryUse, shareStoredItem } from "../item/shared-copy.ts";
import { sizeOf } from "../item/size.ts";
import type { StoredItem } from "../item/stored-item.ts";
import { budget } from "../memory/budget.ts";
import { checkOptions, numberSchema } from "../options.ts";
import { checkPruneLimit } from "./byte-budget.ts";
import { findOrCompute } from "./find-or-compute.ts";
import type { Store, StoreAnswer, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Bytes that the store can hold; the least recently used entries are evicted. Default `"2GiB"`, and no more than
   * {@link limitMemory} leaves.
   */
  readonly maxBytes?: Bytes;
}

/**
 * Keeps items in this process's memory. A hit copies no samples: its volumes are views that copy when written to. The
 * least recently used entries are evicted for new ones; an item larger than the whole store is computed and returned,
 * but not kept. The store counts the memory that an entry keeps alive.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` here; PipelineError `VOXRX_UNCACHEABLE` later, for an item that contains
 * something without a stored form
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

const schema = v.strictObject({ maxBytes: v.optional(v.union([numberSchema, v.string()]), "2GiB") });

interface MemoryEntry {
  readonly item: StoredItem;
  readonly bytes: number;
}

class MemoryStore implements Store {
  readonly name: string;
  readonly #maxBytes: number;
  /** In order of use, least recently used first. */
  readonly #entries = new Map<string, MemoryEntry>();
  readonly #computations = new ComputeOnce<StoreAnswer>("finish");
  readonly #claim = budget.claim(this);
  #closed = false;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, stale: 0 };

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.name = `memoryStore(${formatBytes(maxBytes)})`;
  }

  async getOrCompute(request: StoreRequest): Promise<StoreAnswer> {
    this.#checkOpen();
    return findOrCompute(this.#computations, request, {
      lookUp: (id) => this.#lookUp(id),
      keep: (id, item) => this.#keep(id, item),
      counts: this.#counts,
    });
  }

  async get(id: string): Promise<StoredItem | undefined> {
    this.#checkOpen();
    const item = await this.#lookUp(id);
    this.#counts[item ? "hits" : "misses"]++;
    return item && shareStoredItem(item);
  }

  async set(id: string, item: StoredItem): Promise<void> {
    this.#checkOpen();
    this.#keep(id, item);
  }

  async delete(id: string): Promise<void> {
    this.#checkOpen();
    this.#drop(id);
  }

  async stats(): Promise<StoreStats> {
    this.#checkOpen();
    return {
      entries: this.#entries.size,
      bytes: this.#claim.bytes,
      maxBytes: this.#maxBytes,
      damaged: 0,
      ...this.#counts,
    };
  }

  /** Memory needs no checksums: only this store can access its entries. */
  async verify(): Promise<VerifyReport> {
    this.#checkOpen();
    return { checked: this.#entries.size, damaged: [] };
  }

  async prune(maxBytes = this.#maxBytes): Promise<{ dropped: number; bytes: number }> {
    this.#checkOpen();
    checkPruneLimit(maxBytes);
    let dropped = 0;
    for (const [id, entry] of [...this.#entries]) {
      if ((await renewedIdentities(entry.item.files)) !== "changed" || this.#entries.get(id) !== entry) continue;
      this.#drop(id);
      dropped++;
    }
    dropped += this.#evict(maxBytes);
    return { dropped, bytes: this.#claim.bytes };
  }

  async clear(): Promise<void> {
    this.#checkOpen();
    this.#entries.clear();
    this.#claim.bytes = 0;
  }

  async close(): Promise<void> {
    this.#entries.clear();
    budget.release(this.#claim);
    this.#claim.bytes = 0;
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #lookUp(id: string): Promise<StoredItem | undefined> {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const files = await renewedIdentities(entry.item.files);
    if (files === "unknown") return undefined;
    const fresh = files !== "changed";
    // While the files were checked, the entry may have been replaced or dropped; the result is still valid for this
    // one.
    const current = this.#entries.get(id) === entry;
    if (!fresh) this.#counts.stale++;
    if (current) this.#entries.delete(id);
    const item = fresh ? { value: entry.item.value, files } : undefined;
    if (current && item) this.#entries.set(id, { item, bytes: entry.bytes });
    if (current && !item) this.#claim.bytes -= entry.bytes;
    return item;
  }

  /** Keeps a copy of an item, so that its owner can't change what is kept, and returns that copy. */
  #keep(id: string, { value, files }: StoredItem): StoredItem {
    const item = { value: copyForStore(value), files: files.map((file) => ({ ...file })) };
    if (this.#closed) return item;
    this.#drop(id);
    const { spanned, held } = memoryUse(item.value);
    const bytes = sizeOf(item.value) + Math.max(0, held - spanned);
    const most = Math.min(this.#maxBytes, budget.roomFor(this.#claim));
    if (bytes > most) return item;
    this.#entries.set(id, { item, bytes });
    this.#claim.bytes += bytes;
    this.#counts.evicted += this.#evict(most);
    return item;
  }

  #evict(maxBytes: number): number {
    let dropped = 0;
    for (const id of this.#entries.keys()) {
      if (this.#claim.bytes <= maxBytes) break;
      this.#drop(id);
      dropped++;
    }
    return dropped;
  }

  #drop(id: string): void {
    this.#claim.bytes -= this.#entries.get(id)?.bytes ?? 0;
    this.#entries.delete(id);
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StoreError("VOXRX_STORE_CLOSED", `${this.name} was closed`, { remedy: "Make a new store." });
  }
}
