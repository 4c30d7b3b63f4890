/** A store on top of anything that keeps bytes under names: a Map, a directory, a bucket. */
import * as v from "valibot";
import { ComputeOnce } from "../async/compute-once.ts";
import { KeyedQueue } from "../async/keyed-queue.ts";
import { type Bytes, parseBytes } from "../bytes.ts";
import { isVoxRxError, messageOf, StoreError } from "../errors.ts";
import { renewedIdentities } from "../http/identify-file.ts";
import { memoryUse, shareStoredItem } from "../item/shared-copy.ts";
import type { StoredItem } from "../item/stored-item.ts";
import { bytesSchema, checkOptions, functionSchema, nonEmptySchema } from "../options.ts";
import { backendIdOf, isBackendId } from "./backend-id.ts";
import { Accounts } from "./byte-accounts.ts";
import type { ByteBackend } from "./byte-backend.ts";
import { checkPruneLimit } from "./byte-budget.ts";
import { aligned } from "./codec/aligned.ts";
import { decodeItem } from "./codec/decode-entry.ts";
import { encodeItem } from "./codec/encode-entry.ts";
import { damageReporter } from "./damage-reporter.ts";
import { findOrCompute } from "./find-or-compute.ts";
import type { DamageReport, Store, StoreAnswer, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/** Node allows 4 GiB for one array; items of more than half of that are returned but not kept. */
const largestEntry = 2 ** 31 - 1;

/** Options of {@link storeOver}. */
export interface StoreOverOptions {
  /** Bytes that the entries can take; the least recently used ones are evicted. Default `"20GiB"`. */
  readonly maxBytes?: Bytes;
  /** Called with every damaged entry, which is then recomputed. Default: one warning (`onWarning`) for each store. */
  readonly onDamage?: (report: DamageReport) => void;
}

/**
 * Makes a store from anything that keeps bytes. The backend gets, sets, deletes and lists bytes; the store does the
 * rest: encoding items with a checksum, one computation for all callers at a time, detecting changed files, the limit,
 * and protecting entries from changes to the items that it returned.
 *
 * An incomplete write is detected by its checksum: the entry is dropped and recomputed. Several processes can use one
 * backend; each computes for itself, and each keeps the limit by its own count of the bytes, which `stats()`,
 * `verify()` and `prune()` update. `prune()` and `verify()` read every entry.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` here. Later StoreError `VOXRX_STORE_UNUSABLE` if the backend throws; and
 * PipelineError `VOXRX_UNCACHEABLE` for an item that contains something without a stored form
 * @example
 * ```ts
 * import { type Store, storeOver } from "voxrx/extend";
 * function mapStore(map: Map<string, Uint8Array>): Store {
 *   return storeOver({
 *     name: "mapStore",
 *     get: (id) => map.get(id),
 *     set: (id, bytes) => map.set(id, bytes),
 *     delete: (id) => map.delete(id),
 *     list: () => Array.from(map, ([id, { length }]) => ({ id, size: length })),
 *   });
 * }
 * ```
 */
export function storeOver(backend: ByteBackend, options: StoreOverOptions = {}): Store {
  checkOptions("storeOver", backendSchema, backend);
  const { maxBytes, onDamage } = checkOptions("storeOver", schema, options);
  return new StoreOver(backend, parseBytes(maxBytes, "maxBytes", "storeOver"), onDamage);
}

const backendSchema = v.looseObject({
  name: nonEmptySchema,
  get: functionSchema<ByteBackend["get"]>(),
  set: functionSchema<ByteBackend["set"]>(),
  delete: functionSchema<ByteBackend["delete"]>(),
  list: functionSchema<ByteBackend["list"]>(),
  close: v.optional(functionSchema<() => unknown>()),
});

const schema = v.strictObject({
  maxBytes: v.optional(bytesSchema, "20GiB"),
  onDamage: v.optional(functionSchema<(report: DamageReport) => void>()),
});

/** What the backend has under an id. What is damaged or stale was dropped; what can't be checked now counts as absent. */
type Found =
  | { readonly state: "item"; readonly item: StoredItem }
  | { readonly state: "damaged"; readonly fault: string }
  | { readonly state: "stale" | "absent" };

class StoreOver implements Store {
  readonly name: string;
  readonly #backend: ByteBackend;
  readonly #maxBytes: number;
  readonly #reportDamage: (report: DamageReport) => void;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, stale: 0, damaged: 0 };
  readonly #computations = new ComputeOnce<StoreAnswer>("finish");
  /** Sizes of the entries in the backend, by the backend's ids. */
  readonly #accounts = new Accounts();
  /** An id is never read while it is written. */
  readonly #queue = new KeyedQueue();
  /** Calls that are not done yet. */
  readonly #calls = new Set<Promise<unknown>>();
  #counting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(backend: ByteBackend, maxBytes: number, onDamage: ((report: DamageReport) => void) | undefined) {
    this.name = backend.name;
    this.#backend = backend;
    this.#maxBytes = maxBytes;
    this.#reportDamage = damageReporter(backend.name, onDamage);
  }

  async getOrCompute(request: StoreRequest): Promise<StoreAnswer> {
    this.#checkOpen();
    return findOrCompute(this.#computations, request, {
      lookUp: (id) => this.#tracked(() => this.#lookUp(id)),
      // A computation may end after the store was closed.
      keep: (id, item) => (this.#closing ? item : this.#tracked(() => this.#keep(id, item))),
      counts: this.#counts,
    });
  }

  get(id: string): Promise<StoredItem | undefined> {
    return this.#tracked(async () => {
      const item = await this.#lookUp(id);
      this.#counts[item ? "hits" : "misses"]++;
      return item && shareStoredItem(item);
    });
  }

  set(id: string, item: StoredItem): Promise<void> {
    return this.#tracked(async () => void (await this.#keep(id, item)));
  }

  delete(id: string): Promise<void> {
    return this.#tracked(() => this.#remove(backendIdOf(id)));
  }

  stats(): Promise<StoreStats> {
    return this.#tracked(async () => {
      await this.#count();
      const { entries, bytes } = this.#accounts;
      return { entries, bytes, maxBytes: this.#maxBytes, ...this.#counts };
    });
  }

  verify(): Promise<VerifyReport> {
    return this.#tracked(async () => {
      await this.#count();
      const damaged: DamageReport[] = [];
      const places = this.#accounts.ids();
      for (const place of places) {
        this.#checkOpen();
        const found = await this.#inspect(place);
        if (found.state === "damaged") damaged.push(this.#noteDamage(place, found.fault));
      }
      return { checked: places.length, damaged };
    });
  }

  prune(maxBytes = this.#maxBytes): Promise<{ dropped: number; bytes: number }> {
    return this.#tracked(async () => {
      checkPruneLimit(maxBytes);
      await this.#count();
      let dropped = 0;
      for (const place of this.#accounts.ids()) {
        this.#checkOpen();
        const found = await this.#inspect(place);
        if (found.state === "damaged") this.#noteDamage(place, found.fault);
        if (found.state === "damaged" || found.state === "stale") dropped++;
      }
      dropped += await this.#evict(maxBytes);
      return { dropped, bytes: this.#accounts.bytes };
    });
  }

  clear(): Promise<void> {
    return this.#tracked(async () => {
      await this.#count();
      await this.#evict(0);
    });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#calls);
      await this.#calling(() => this.#backend.close?.());
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs a call, so that a close waits for it. */
  async #tracked<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    const call = work();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  async #lookUp(id: string): Promise<StoredItem | undefined> {
    await this.#counted();
    const place = backendIdOf(id);
    const found = await this.#inspect(place);
    if (found.state === "stale") this.#counts.stale++;
    if (found.state === "damaged") this.#noteDamage(id, found.fault);
    if (found.state !== "item") return undefined;
    this.#accounts.touch(place);
    return found.item;
  }

  /** Keeps an item if it fits, and returns what a later hit returns. */
  async #keep(id: string, item: StoredItem): Promise<StoredItem> {
    if (memoryUse(item.value).spanned > Math.min(this.#maxBytes, largestEntry)) {
      await this.#write(backendIdOf(id), undefined);
      return item;
    }
    const bytes = encodeItem(item);
    const decoded = decodeItem(bytes);
    if (!decoded.ok) throw this.#unusable(`an entry can't be read back: ${decoded.fault}`);
    await this.#write(backendIdOf(id), bytes.length <= this.#maxBytes ? bytes : undefined);
    return decoded.item;
  }

  /** Writes an entry in place of what was there, after making room for it; undefined removes it. */
  async #write(place: string, bytes: Uint8Array | undefined): Promise<void> {
    await this.#counted();
    if (!bytes) return this.#remove(place);
    this.#accounts.forget(place);
    const evicting = this.#evict(this.#maxBytes - bytes.length);
    // Avoids an unhandled rejection: the failure is thrown where this promise is awaited, which may be later.
    evicting.catch(() => undefined);
    this.#accounts.note(place, bytes.length);
    try {
      await this.#queued(place, async () => {
        this.#counts.evicted += await evicting;
        await this.#backend.set(place, bytes);
      });
    } catch (error) {
      this.#accounts.forget(place);
      throw error;
    }
  }

  async #remove(place: string): Promise<void> {
    this.#accounts.forget(place);
    await this.#queued(place, () => this.#backend.delete(place));
  }

  /** Drops the least recently used entries until at most `maxBytes` are left. The accounts change immediately. */
  async #evict(maxBytes: number): Promise<number> {
    const evicted = this.#accounts.evict(maxBytes);
    await Promise.all(evicted.map((place) => this.#remove(place)));
    return evicted.length;
  }

  /** Reads what the backend has under an id, and drops it unless it is a fresh, intact item. */
  #inspect(place: string): Promise<Found> {
    return this.#queued(place, async () => {
      const bytes = await this.#backend.get(place);
      if (!bytes) {
        this.#accounts.forget(place);
        return { state: "absent" };
      }
      const decoded = decodeItem(aligned(bytes));
      if (decoded.ok) {
        const { value, files } = decoded.item;
        const now = await renewedIdentities(files);
        if (now === "unknown") return { state: "absent" };
        if (now !== "changed") {
          if (now.some((file, n) => file !== files[n])) await this.#rewrite(place, { value, files: now });
          return { state: "item", item: { value, files: now } };
        }
      }
      this.#accounts.forget(place);
      await this.#backend.delete(place);
      return decoded.ok ? { state: "stale" } : { state: "damaged", fault: decoded.fault };
    });
  }

  /** Writes an entry again whose files have the same content as before, but look different now. */
  async #rewrite(place: string, item: StoredItem): Promise<void> {
    const bytes = encodeItem(item);
    try {
      await this.#backend.set(place, bytes);
      this.#accounts.resize(place, bytes.length);
    } catch {
      // The entry is intact; its files are hashed again next time.
    }
  }

  #noteDamage(id: string, fault: string): DamageReport {
    const report = { id, fault };
    this.#counts.damaged++;
    this.#reportDamage(report);
    return report;
  }

  #queued<T>(place: string, work: () => T | Promise<T>): Promise<T> {
    return this.#queue.run(place, () => this.#calling(work));
  }

  /** Calls the backend. */
  async #calling<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (isVoxRxError(cause)) throw cause;
      throw this.#unusable(messageOf(cause), cause);
    }
  }

  /** Resolves after the entries have been counted for the first time. */
  #counted(): Promise<void> {
    this.#counting ??= this.#count().catch((error) => {
      // The next use tries again: the backend may be available by then.
      this.#counting = undefined;
      throw error;
    });
    return this.#counting;
  }

  /** Updates the accounts: other processes may have written and deleted. */
  async #count(): Promise<void> {
    const atRest = new Set(this.#accounts.ids().filter((place) => !this.#queue.isBusy(place)));
    const listed = await this.#calling(() => this.#listed());
    const known = new Set(this.#accounts.ids());
    // An entry that was written or deleted in the meantime may be listed in its old state.
    const isMoving = (place: string) => this.#queue.isBusy(place) || known.has(place) !== atRest.has(place);
    this.#accounts.update(listed, isMoving);
  }

  async #listed(): Promise<Map<string, number>> {
    const listed = new Map<string, number>();
    for await (const { id, size } of await this.#backend.list()) if (isBackendId(id)) listed.set(id, size);
    return listed;
  }

  #checkOpen(): void {
    if (!this.#closing) return;
    throw new StoreError("VOXRX_STORE_CLOSED", `${this.name} was closed`, { remedy: "Make a new store." });
  }

  #unusable(fault: string, cause?: unknown): StoreError {
    const remedy = "Check that the storage exists, can be written to, and has space.";
    return new StoreError("VOXRX_STORE_UNUSABLE", `${this.name}: ${fault}`, { cause, remedy });
  }
}
