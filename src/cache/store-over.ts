/** A store over anything that keeps bytes under names: a Map, a directory, a bucket. */
import { z } from "zod";
import { SingleFlight } from "../async/single-flight.ts";
import { Turns } from "../async/turns.ts";
import { type Bytes, parseBytes } from "../bytes.ts";
import { isVoxRxError, StoreError } from "../errors.ts";
import { areUnchanged } from "../files/identify-file.ts";
import { digest } from "../fingerprint/fingerprint.ts";
import { handOutItem, memoryOf } from "../item/shared-copy.ts";
import { bytesSchema, checkOptions, functionSchema } from "../options.ts";
import { Accounts } from "./byte-accounts.ts";
import type { ByteBackend } from "./byte-backend.ts";
import { checkPruneLimit } from "./byte-budget.ts";
import { decodeItem } from "./codec/decode-entry.ts";
import { encodeItem } from "./codec/encode-entry.ts";
import { damageTeller } from "./damage.ts";
import { findOrCompute } from "./find-or-compute.ts";
import type { DamageReport, Store, StoreAnswer, StoredItem, StoreRequest, StoreStats, VerifyReport } from "./store.ts";

/** Node ends at 4 GiB for one array; items of more than half of it are given, but not kept. */
const largestEntry = 2 ** 31 - 1;

/** Options of {@link storeOver}. */
export interface StoreOverOptions {
  /** Bytes that the entries may hold; the ones longest unused make room. Default `"20GiB"`. */
  readonly maxBytes?: Bytes;
  /** Told of every damaged entry, which is then recomputed. Default: one `process.emitWarning` for each store. */
  readonly onDamage?: (report: DamageReport) => void;
}

/**
 * Makes a store of anything that keeps bytes. The backend gets, sets, deletes and lists bytes; the store does the rest: items to bytes and
 * back with a checksum, one computation for all who ask at once, changed files, the limit, protection of what was handed out.
 *
 * A write that was cut off shows by its checksum: the entry is dropped and recomputed. Several processes may use one backend; each
 * computes on its own, and each keeps the limit by its own account, which `stats()`, `verify()` and `prune()` bring up to date.
 * `prune()` and `verify()` read every entry.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` here. Later StoreError `VOXRX_STORE_UNUSABLE` where the backend throws; and PipelineError
 * `VOXRX_UNCACHEABLE` for an item with something in it that has no stored form
 * @example
 * ```ts
 * import { type Store, storeOver } from "voxrx/extend";
 * function mapStore(map: Map<string, Uint8Array>): Store {
 *   return storeOver({
 *     name: "mapStore",
 *     get: (key) => map.get(key),
 *     set: (key, bytes) => map.set(key, bytes),
 *     delete: (key) => map.delete(key),
 *     list: () => Array.from(map, ([key, { length }]) => ({ key, size: length })),
 *   });
 * }
 * ```
 */
export function storeOver(backend: ByteBackend, options: StoreOverOptions = {}): Store {
  checkOptions("storeOver", backendSchema, backend);
  const { maxBytes, onDamage } = checkOptions("storeOver", schema, options);
  return new StoreOver(backend, parseBytes(maxBytes, "maxBytes", "storeOver"), onDamage);
}

const backendSchema = z.looseObject({
  name: z.string().min(1),
  get: functionSchema<ByteBackend["get"]>(),
  set: functionSchema<ByteBackend["set"]>(),
  delete: functionSchema<ByteBackend["delete"]>(),
  list: functionSchema<ByteBackend["list"]>(),
  close: functionSchema<() => unknown>().optional(),
});

const schema = z.strictObject({
  maxBytes: bytesSchema.default("20GiB"),
  onDamage: functionSchema<(report: DamageReport) => void>().optional(),
});

/** What lies under a key of the backend. What is not an intact, fresh item was dropped. */
type Found =
  | { readonly state: "item"; readonly item: StoredItem }
  | { readonly state: "damaged"; readonly fault: string }
  | { readonly state: "stale" | "absent" };

class StoreOver implements Store {
  readonly name: string;
  readonly #backend: ByteBackend;
  readonly #maxBytes: number;
  readonly #tellDamage: (report: DamageReport) => void;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, stale: 0, damaged: 0 };
  readonly #flight = new SingleFlight<StoreAnswer>();
  /** What the backend holds, by its keys. */
  readonly #accounts = new Accounts();
  /** A key is never read while it is written. */
  readonly #turns = new Turns();
  /** What was asked for and is not done yet. */
  readonly #asks = new Set<Promise<unknown>>();
  #counting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(backend: ByteBackend, maxBytes: number, onDamage: ((report: DamageReport) => void) | undefined) {
    this.name = backend.name;
    this.#backend = backend;
    this.#maxBytes = maxBytes;
    this.#tellDamage = damageTeller(backend.name, onDamage);
  }

  async getOrCompute(request: StoreRequest): Promise<StoreAnswer> {
    this.#checkOpen();
    return findOrCompute(this.#flight, request, {
      lookUp: (key) => this.#asked(() => this.#lookUp(key)),
      // What is computed may come after the store was closed.
      keep: (key, item) => (this.#closing ? item : this.#asked(() => this.#keep(key, item))),
      counts: this.#counts,
    });
  }

  get(key: string): Promise<StoredItem | undefined> {
    return this.#asked(async () => {
      const item = await this.#lookUp(key);
      this.#counts[item ? "hits" : "misses"]++;
      return item && handOutItem(item);
    });
  }

  set(key: string, item: StoredItem): Promise<void> {
    return this.#asked(async () => void (await this.#keep(key, item)));
  }

  delete(key: string): Promise<void> {
    return this.#asked(() => this.#remove(placeOf(key)));
  }

  stats(): Promise<StoreStats> {
    return this.#asked(async () => {
      await this.#count();
      const { entries, bytes } = this.#accounts;
      return { entries, bytes, maxBytes: this.#maxBytes, ...this.#counts };
    });
  }

  verify(): Promise<VerifyReport> {
    return this.#asked(async () => {
      await this.#count();
      const damaged: DamageReport[] = [];
      const places = this.#accounts.keys();
      for (const place of places) {
        this.#checkOpen();
        const found = await this.#inspect(place);
        if (found.state === "damaged") damaged.push(this.#noteDamage(place, found.fault));
      }
      return { checked: places.length, damaged };
    });
  }

  prune(maxBytes = this.#maxBytes): Promise<{ dropped: number; bytes: number }> {
    return this.#asked(async () => {
      checkPruneLimit(maxBytes);
      await this.#count();
      let dropped = 0;
      for (const place of this.#accounts.keys()) {
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
    return this.#asked(async () => {
      await this.#count();
      await this.#evict(0);
    });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#asks);
      await this.#calling(() => this.#backend.close?.());
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Does what was asked for, which a close then waits for. */
  async #asked<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    const ask = work();
    this.#asks.add(ask);
    try {
      return await ask;
    } finally {
      this.#asks.delete(ask);
    }
  }

  async #lookUp(key: string): Promise<StoredItem | undefined> {
    await this.#counted();
    const place = placeOf(key);
    const found = await this.#inspect(place);
    if (found.state === "stale") this.#counts.stale++;
    if (found.state === "damaged") this.#noteDamage(key, found.fault);
    if (found.state !== "item") return undefined;
    this.#accounts.touch(place);
    return found.item;
  }

  /** Keeps an item if it fits, and gives what a later hit gives. */
  async #keep(key: string, item: StoredItem): Promise<StoredItem> {
    if (memoryOf(item.value).spanned > Math.min(this.#maxBytes, largestEntry)) {
      await this.#write(placeOf(key), undefined);
      return item;
    }
    const bytes = encodeItem(item);
    const decoded = decodeItem(bytes);
    if (!decoded.ok) throw this.#unusable(`an entry can't be read back: ${decoded.fault}`);
    await this.#write(placeOf(key), bytes.length <= this.#maxBytes ? bytes : undefined);
    return decoded.item;
  }

  /** Writes an entry in place of what was there, and makes room for it first; undefined leaves none. */
  async #write(place: string, bytes: Uint8Array | undefined): Promise<void> {
    await this.#counted();
    if (!bytes) return this.#remove(place);
    this.#accounts.forget(place);
    const evicting = this.#evict(this.#maxBytes - bytes.length);
    // A failure is heard where it is awaited, which may be later.
    evicting.catch(() => undefined);
    this.#accounts.note(place, bytes.length);
    try {
      await this.#inTurn(place, async () => {
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
    await this.#inTurn(place, () => this.#backend.delete(place));
  }

  /** Drops the entries longest unused until at most `maxBytes` are left. The accounts are changed at once. */
  async #evict(maxBytes: number): Promise<number> {
    const evicted = this.#accounts.evict(maxBytes);
    await Promise.all(evicted.map((place) => this.#remove(place)));
    return evicted.length;
  }

  /** Reads what lies under a key of the backend, and drops it unless it is a fresh, intact item. */
  #inspect(place: string): Promise<Found> {
    return this.#inTurn(place, async () => {
      const bytes = await this.#backend.get(place);
      if (!bytes) {
        this.#accounts.forget(place);
        return { state: "absent" };
      }
      const decoded = decodeItem(placed(bytes));
      if (decoded.ok && (await areUnchanged(decoded.item.files))) return { state: "item", item: decoded.item };
      this.#accounts.forget(place);
      await this.#backend.delete(place);
      return decoded.ok ? { state: "stale" } : { state: "damaged", fault: decoded.fault };
    });
  }

  #noteDamage(key: string, fault: string): DamageReport {
    const report = { key, fault };
    this.#counts.damaged++;
    this.#tellDamage(report);
    return report;
  }

  #inTurn<T>(place: string, work: () => T | Promise<T>): Promise<T> {
    return this.#turns.take(place, () => this.#calling(work));
  }

  /** Calls the backend. */
  async #calling<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (isVoxRxError(cause)) throw cause;
      throw this.#unusable(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  /** Resolves once the entries have been counted for the first time. */
  #counted(): Promise<void> {
    this.#counting ??= this.#count().catch((error) => {
      // The next use tries again: the backend may answer by then.
      this.#counting = undefined;
      throw error;
    });
    return this.#counting;
  }

  /** Brings the accounts up to date: other processes may have written and deleted. */
  async #count(): Promise<void> {
    const atRest = new Set(this.#accounts.keys().filter((place) => !this.#turns.isTaken(place)));
    const listed = await this.#calling(() => this.#listed());
    const known = new Set(this.#accounts.keys());
    // What was written or deleted meanwhile may be listed otherwise.
    const isMoving = (place: string) => this.#turns.isTaken(place) || known.has(place) !== atRest.has(place);
    this.#accounts.update(listed, isMoving);
  }

  async #listed(): Promise<Map<string, number>> {
    const listed = new Map<string, number>();
    for await (const { key, size } of await this.#backend.list()) if (isPlace(key)) listed.set(key, size);
    return listed;
  }

  #checkOpen(): void {
    if (!this.#closing) return;
    throw new StoreError("VOXRX_STORE_CLOSED", `${this.name} was closed`, { remedy: "Make a new store." });
  }

  #unusable(fault: string, cause?: unknown): StoreError {
    const remedy = "Check that the place is there, may be written to, and has space.";
    return new StoreError("VOXRX_STORE_UNUSABLE", `${this.name}: ${fault}`, { cause, remedy });
  }
}

/** The backend's key of an entry: fit for the name of a file or an object, also where case is ignored. */
function placeOf(key: string): string {
  return isPlace(key) ? key : digest(key);
}

function isPlace(key: string): boolean {
  return /^[0-9a-f]{64}$/.test(key);
}

/** The bytes as a decoder takes them: in memory that is not shared with threads, at a multiple of 8. */
function placed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  const fits = buffer instanceof ArrayBuffer && byteOffset % 8 === 0;
  return fits ? new Uint8Array(buffer, byteOffset, length) : Uint8Array.from(bytes);
}
