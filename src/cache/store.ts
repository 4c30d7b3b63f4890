import type { StoredItem } from "../item/stored-item.ts";
import type { Region } from "../volume/region.ts";

/** The result of {@link Store.getOrCompute}. */
export interface StoreAnswer {
  readonly stored: StoredItem;
  /**
   * Where the item came from: `hit`, `computed` (it was absent, stale or damaged), or `joined` (another caller computed
   * it).
   */
  readonly outcome: "hit" | "computed" | "joined";
}

/** Counts of a store, and what it holds. */
export interface StoreStats {
  readonly entries: number;
  readonly bytes: number;
  /** Limit in bytes, undefined if there is none. */
  readonly maxBytes: number | undefined;
  /** Requests answered without computing: by an entry, or by the computation of another caller. */
  readonly hits: number;
  /** Requests that had to compute, and calls of `get` that found nothing. */
  readonly misses: number;
  /** Entries dropped to stay under the limit. */
  readonly evicted: number;
  /** Entries found stale because a file had changed. */
  readonly stale: number;
  /** Entries found damaged or foreign; each was recomputed. */
  readonly damaged: number;
}

/** The result of {@link Store.verify}. */
export interface VerifyReport {
  readonly checked: number;
  readonly damaged: readonly DamageReport[];
}

/** One damaged entry. */
export interface DamageReport {
  readonly id: string;
  /** What was wrong with it, as text. */
  readonly fault: string;
}

/** Options of {@link Store.getOrCompute}. */
export interface StoreRequest {
  /** Identity of the entry: a digest of item and operators (hexadecimal string). */
  readonly id: string;
  /**
   * Computes the item. Called at most once among all requests for the same id at the same time, in any process that
   * shares the store (unless the process that computes dies, or gives no sign of life for a minute). Must not request
   * the same id from the store.
   */
  compute(): Promise<StoredItem>;
  /** Stops waiting. A computation that others also wait for continues. */
  readonly signal?: AbortSignal;
}

/** Options of {@link Store.getRegion} and `readRegion` of voxrx/extend. */
export interface StoreRegionRequest {
  /** Identity of the entry, as in {@link StoreRequest}. */
  readonly id: string;
  /**
   * Box of voxels, along the spatial axes: one for each named field of a record, with its other fields whole; or one
   * box for an item that is itself a volume.
   */
  readonly regions: Region | Readonly<Record<string, Region>>;
}

/**
 * Where computed items are kept. Every implementation passes the same suite, `storeChecks` of `voxrx/extend`.
 * `storeOver` of voxrx/extend makes a store from anything that keeps bytes.
 *
 * Consumers can't change what a store keeps: volumes are shared views that copy when written to, and records and lists
 * are new.
 */
export interface Store extends AsyncDisposable {
  /** Name for `explain()` and messages, such as `lmdbStore(cache)`. */
  readonly name: string;
  /**
   * How it rounds the samples that it keeps, such as `float16`: stores that round in other ways yield other items. Left
   * out: it doesn't.
   */
  readonly rounding?: string | undefined;
  /**
   * The entry of `id` if it is fresh and intact; otherwise computes it, keeps it and returns it. One computation per
   * id, however many callers there are. A failed computation rejects for all its callers in this process, and is not
   * kept; other processes compute for themselves.
   */
  getOrCompute(request: StoreRequest): Promise<StoreAnswer>;
  /** The entry if it is there, fresh and intact. Computes nothing. */
  get(id: string): Promise<StoredItem | undefined>;
  /**
   * Like {@link get}, but with a box of each named volume, with the affine of the box: the same as cropping the whole
   * entry. For stores that can read a part of an entry. Left out: `readRegion` crops what {@link get} returns.
   */
  getRegion?(request: StoreRegionRequest): Promise<StoredItem | undefined>;
  /** Keeps an item under an id, in place of what was there. */
  set(id: string, item: StoredItem): Promise<void>;
  /** Forgets an entry. */
  delete(id: string): Promise<void>;
  /** What the store holds, and its counts since it was made. */
  stats(): Promise<StoreStats>;
  /** Reads every entry and drops the damaged ones. */
  verify(): Promise<VerifyReport>;
  /**
   * Drops stale entries, and the least recently used ones until at most `maxBytes` are left (default: the store's own
   * limit).
   */
  prune(maxBytes?: number): Promise<{ readonly dropped: number; readonly bytes: number }>;
  /** Drops all entries, and nothing that the store did not write. */
  clear(): Promise<void>;
  /** Releases files and memory. Later calls fail with `VOXRX_STORE_CLOSED`; entries on disk stay. */
  close(): Promise<void>;
}
