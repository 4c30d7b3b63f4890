import { basename } from "node:path";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { z } from "zod";
import type { Crew } from "../../async/single-flight.ts";
import { type Bytes, parseBytes } from "../../bytes.ts";
import { StoreError } from "../../errors.ts";
import { areUnchanged } from "../../files/identify-file.ts";
import { handOutItem } from "../../item/shared-copy.ts";
import { checkOptions } from "../../options.ts";
import { checkPruneLimit } from "../byte-budget.ts";
import { decodeItem } from "../codec/decode-entry.ts";
import { damageTeller } from "../damage.ts";
import type { DamageReport, Store, StoreAnswer, StoredItem, StoreRequest, StoreStats, VerifyReport } from "../store.ts";
import { acquireShared, type SharedStore } from "./lmdb-shared.ts";

/** Options of {@link lmdbStore}. */
export interface LmdbStoreOptions {
  /** Bytes that the entries may hold; the ones longest unused make room, also across processes. Default `"20GiB"`. */
  readonly maxBytes?: Bytes;
  /** Compress entries (LZ4): several times slower to read, for where the disk is the limit. The same at every opening. Default false. */
  readonly compression?: boolean;
  /** `"float16"` stores float32 samples of volumes in half the bytes, rounded: see {@link lmdbStore}. Default `"keep"`. */
  readonly dtype?: "keep" | "float16";
  /** Told of every damaged entry, which is then recomputed. Default: one `process.emitWarning` for each store. */
  readonly onDamage?: (report: DamageReport) => void;
}

/**
 * Keeps items on disk, in an LMDB environment in the folder `path` (made when first used; composing does no work). Several
 * processes on one machine may use it at once, and a process may be killed at any instruction: what was kept stays whole, and an
 * item is computed once among all of them. The folder must be on a local disk.
 *
 * A hit is one copy out of the memory map into fresh memory, checked by its checksum; its volumes are views of that memory,
 * contiguous with x fastest. A damaged entry is dropped, recomputed, counted and told to `onDamage`. The file does not shrink when
 * entries are dropped: their space is used again.
 *
 * With `dtype: "float16"` the samples of float32 volumes are rounded to the nearest half (11 significant bits; beyond 65519 lies
 * infinity). The item is rounded on its first way out as well, so a cold cache gives what a warm one gives.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` here. Later StoreError: `VOXRX_STORE_UNUSABLE` where the folder cannot be made, opened or
 * written, `VOXRX_STORE_FULL` on a full disk, `VOXRX_STORE_CONFLICT` where this process has it open with other options; and
 * PipelineError `VOXRX_UNCACHEABLE` for an item with something in it that has no stored form
 * @example
 * ```ts
 * import { lmdbStore } from "voxrx";
 * const store = lmdbStore("cache", { maxBytes: "100GB", dtype: "float16" });
 * ```
 */
export function lmdbStore(path: string, options: LmdbStoreOptions = {}): Store {
  const checked = checkOptions("lmdbStore", schema, { path, ...options });
  return new LmdbStore({ ...checked, maxBytes: parseBytes(checked.maxBytes, "maxBytes", "lmdbStore") });
}

const schema = z.strictObject({
  path: z.string().min(1),
  maxBytes: z.union([z.number(), z.string()]).default("20GiB"),
  compression: z.boolean().default(false),
  dtype: z.enum(["keep", "float16"]).default("keep"),
  onDamage: z.custom<(report: DamageReport) => void>((told) => typeof told === "function").optional(),
});

type Checked = z.output<typeof schema> & { readonly maxBytes: number };

class LmdbStore implements Store {
  readonly name: string;
  readonly #options: Checked;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, stale: 0, damaged: 0 };
  readonly #tellDamage: (report: DamageReport) => void;
  #opening: Promise<SharedStore> | undefined;
  #closed = false;

  constructor(options: Checked) {
    this.#options = options;
    this.name = `lmdbStore(${basename(options.path)})`;
    this.#tellDamage = damageTeller(this.name, options.onDamage);
  }

  async getOrCompute({ key, compute, signal }: StoreRequest): Promise<StoreAnswer> {
    signal?.throwIfAborted();
    const shared = await this.#open();
    const { result, joined, alone } = await shared.flight.run(
      key,
      (crew) => this.#find(shared, key, compute, crew),
      signal,
    );
    const isComputed = result.how === "computed" && !joined;
    this.#counts[isComputed ? "misses" : "hits"]++;
    const how = joined && result.how === "computed" ? "joined" : result.how;
    return { stored: alone ? result.stored : handOutItem(result.stored), how };
  }

  async get(key: string): Promise<StoredItem | undefined> {
    const item = await this.#lookUp(await this.#open(), key);
    this.#counts[item ? "hits" : "misses"]++;
    return item;
  }

  async set(key: string, item: StoredItem): Promise<void> {
    await this.#keep(await this.#open(), key, item);
  }

  async delete(key: string): Promise<void> {
    await (await this.#open()).remove([key]);
  }

  async stats(): Promise<StoreStats> {
    const { entries, bytes } = (await this.#open()).totals();
    return { entries, bytes, maxBytes: this.#options.maxBytes, ...this.#counts };
  }

  async verify(): Promise<VerifyReport> {
    const shared = await this.#open();
    const damaged: DamageReport[] = [];
    const keys = shared.keys();
    for (const key of keys) {
      await yieldToOthers();
      const bytes = shared.readStored(key);
      const decoded = bytes && decodeItem(bytes);
      if (decoded && !decoded.ok) damaged.push(await this.#drop(shared, key, decoded.fault));
    }
    await shared.reconcile();
    return { checked: keys.length, damaged };
  }

  async prune(maxBytes = this.#options.maxBytes): Promise<{ dropped: number; bytes: number }> {
    checkPruneLimit(maxBytes);
    const shared = await this.#open();
    const stale: string[] = [];
    for (const key of shared.keys()) {
      const files = shared.filesOf(key);
      if (files && !(await areUnchanged(files))) stale.push(key);
    }
    const dropped = (await shared.removeStored(stale)) + (await shared.evict(maxBytes));
    return { dropped, bytes: shared.totals().bytes };
  }

  async clear(): Promise<void> {
    await (await this.#open()).clear();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A store that could not be opened has nothing to close, and whoever used it was told why.
    const shared = await this.#opening?.catch(() => undefined);
    await shared?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The entry, or what is made of it now: by another process that holds the lease, or by this one. */
  async #find(shared: SharedStore, key: string, compute: () => Promise<StoredItem>, crew: Crew): Promise<StoreAnswer> {
    const known = await this.#lookUp(shared, key);
    if (known) return { stored: known, how: "hit" };
    const look = () => this.#lookUp(shared, key);
    const made = await shared.leaseOr(key, look, crew);
    if (made) return { stored: made, how: "joined" };
    try {
      // Between the first look and the lease, its last owner may have finished.
      const finished = await look();
      if (finished) return { stored: finished, how: "joined" };
      crew.leaveIfUnwanted();
      return { stored: await this.#keep(shared, key, await compute()), how: "computed" };
    } finally {
      await shared.endLease(key);
    }
  }

  /** The entry if it is there, whole and fresh. What is not is dropped. */
  async #lookUp(shared: SharedStore, key: string): Promise<StoredItem | undefined> {
    const bytes = shared.read(key);
    if (!bytes) return undefined;
    const decoded = decodeItem(bytes);
    if (!decoded.ok) {
      await this.#drop(shared, shared.storedKey(key), decoded.fault);
      return undefined;
    }
    const { files } = decoded.item;
    if (files.length > 0 && !(await areUnchanged(files))) {
      this.#counts.stale++;
      await shared.remove([key]);
      return undefined;
    }
    shared.touch(key);
    return decoded.item;
  }

  async #keep(shared: SharedStore, key: string, item: StoredItem): Promise<StoredItem> {
    const { kept, evicted } = await shared.keep(key, item);
    this.#counts.evicted += evicted;
    return kept;
  }

  async #drop(shared: SharedStore, key: string, fault: string): Promise<DamageReport> {
    const report = { key, fault };
    this.#counts.damaged++;
    await shared.removeStored([key]);
    this.#tellDamage(report);
    return report;
  }

  #open(): Promise<SharedStore> {
    if (this.#closed) {
      const remedy = "Make a new store of the same folder; its entries are still there.";
      return Promise.reject(new StoreError("VOXRX_STORE_CLOSED", `${this.name} was closed`, { remedy }));
    }
    this.#opening ??= acquireShared(this.#options.path, this.#options).catch((error) => {
      // The next use tries again: the folder may be there by then.
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }
}
