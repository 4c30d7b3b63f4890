import type { FileIdentity } from "../files/identify-file.ts";
import type { Region } from "../volume/region.ts";

/** One computed item as a store keeps it. */
export interface StoredItem {
  /**
   * The item: records and lists, nested at most 100 deep, of volumes, typed arrays, numbers of any kind, texts, booleans, dates,
   * null and undefined. Anything else is refused with `VOXRX_UNCACHEABLE`.
   */
  readonly value: unknown;
  /** Files that it was computed from, as they were. A change of any makes the entry stale. */
  readonly files: readonly FileIdentity[];
}

/** What {@link Store.getOrCompute} answers. */
export interface StoreAnswer {
  readonly stored: StoredItem;
  /** Where the item came from: `hit`, `computed` (it was absent, stale or damaged), or `joined` another's computation. */
  readonly how: "hit" | "computed" | "joined";
}

/** How a store did, and what it holds. */
export interface StoreStats {
  readonly entries: number;
  readonly bytes: number;
  /** Limit in bytes, undefined if there is none. */
  readonly maxBytes: number | undefined;
  /** Asks that were answered without computing: by an entry, or by the computation of another. */
  readonly hits: number;
  /** Asks that had to compute, and looks (`get`) that found nothing. */
  readonly misses: number;
  /** Entries dropped to stay under the limit. */
  readonly evicted: number;
  /** Entries found stale because a file had changed. */
  readonly stale: number;
  /** Entries found damaged or foreign; each was recomputed. */
  readonly damaged: number;
}

/** What {@link Store.verify} found. */
export interface VerifyReport {
  readonly checked: number;
  readonly damaged: readonly DamageReport[];
}

/** One damaged entry. */
export interface DamageReport {
  readonly key: string;
  /** What was wrong with it, in words. */
  readonly fault: string;
}

/** How {@link Store.getOrCompute} is asked. */
export interface StoreRequest {
  /** Identity of the entry: a digest of item and operators (hexadecimal text). */
  readonly key: string;
  /**
   * Computes the item. Called at most once among all who ask for the same key at the same time, in any process that shares the
   * store (unless the one that computes dies, or falls silent for a minute). Must not ask the store for the same key.
   */
  compute(): Promise<StoredItem>;
  /** Stops waiting. A computation that others wait for as well goes on. */
  readonly signal?: AbortSignal;
}

/** How {@link Store.getRegion} and {@link readRegion} are asked. */
export interface StoreRegionRequest {
  /** Identity of the entry, as in {@link StoreRequest}. */
  readonly key: string;
  /**
   * Box of voxels, along the spatial axes: one for each named field of a record, whose other fields come whole; or one box for an item
   * that is a volume itself.
   */
  readonly regions: Region | Readonly<Record<string, Region>>;
}

/**
 * Where computed items live. Every implementation passes the same suite, `storeChecks` of `voxrx/extend`. {@link storeOver} makes one
 * of anything that keeps bytes.
 *
 * What comes out of a store cannot be changed by who takes it: volumes are shared views that copy when written to, records and
 * lists are fresh.
 */
export interface Store extends AsyncDisposable {
  /** Name for `explain()` and messages, such as `lmdbStore(cache)`. */
  readonly name: string;
  /**
   * The entry of `key`, fresh and intact; otherwise computes it, keeps it and gives it. One computation per key however many ask.
   * A failed computation rejects for all who wait for it in this process, and is not kept; other processes compute on their own.
   */
  getOrCompute(request: StoreRequest): Promise<StoreAnswer>;
  /** Looks without computing: the entry if it is there, fresh and intact. */
  get(key: string): Promise<StoredItem | undefined>;
  /**
   * Looks as {@link get} does and gives a box of each volume named, with the affine of the box: the same as cropping the whole entry.
   * For stores that can read less than an entry. Left out: {@link readRegion} crops what {@link get} gives.
   */
  getRegion?(request: StoreRegionRequest): Promise<StoredItem | undefined>;
  /** Keeps an item under a key, in place of what was there. */
  set(key: string, item: StoredItem): Promise<void>;
  /** Forgets an entry. */
  delete(key: string): Promise<void>;
  /** What the store holds and how it did since it was made. */
  stats(): Promise<StoreStats>;
  /** Reads every entry and drops the damaged ones. */
  verify(): Promise<VerifyReport>;
  /** Drops stale entries, and the ones longest unused until at most `maxBytes` are left (default: the store's own limit). */
  prune(maxBytes?: number): Promise<{ readonly dropped: number; readonly bytes: number }>;
  /** Drops all entries, and nothing that the store did not write. */
  clear(): Promise<void>;
  /** Lets go of files and memory. Later calls fail with `VOXRX_STORE_CLOSED`; entries on disk stay. */
  close(): Promise<void>;
}
