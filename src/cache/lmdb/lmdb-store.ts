import { basename } from "node:path";
import * as v from "valibot";
import type { ComputationContext } from "../../async/compute-once.ts";
import { eventLoopTurn } from "../../async/event-loop-turn.ts";
import { type Bytes, parseBytes } from "../../bytes.ts";
import { messageOf, StoreError } from "../../errors.ts";
import type { FileIdentity } from "../../files/file-identity.ts";
import { lookUnchanged, renewedIdentities } from "../../http/identify-file.ts";
import { isOfLostSamples, readInnerSamples, readSamples } from "../../item/read-samples.ts";
import { shareStoredItem } from "../../item/shared-copy.ts";
import type { StoredItem } from "../../item/stored-item.ts";
import { checkOptions, functionSchema, nonEmptySchema, numberSchema } from "../../options.ts";
import { checkPruneLimit } from "../byte-budget.ts";
import { decodeItem } from "../codec/decode-entry.ts";
import { damageReporter } from "../damage-reporter.ts";
import { croppedItem } from "../read-region.ts";
import type {
  DamageReport,
  Store,
  StoreAnswer,
  StoreRegionRequest,
  StoreRequest,
  StoreStats,
  VerifyReport,
} from "../store.ts";
import { canLeaveSamples } from "../without-samples.ts";
import { acquireShared, type SharedStore } from "./lmdb-shared.ts";

/** Options of {@link lmdbStore}. */
export interface LmdbStoreOptions {
  /**
   * Bytes that the entries can take; the least recently used ones are evicted, also across processes. Default
   * `"20GiB"`.
   */
  readonly maxBytes?: Bytes;
  /**
   * Compress entries (LZ4): several times slower to read, for when the disk is the bottleneck. Must be the same each
   * time the directory is opened. Default false.
   */
  readonly compression?: boolean;
  /**
   * `"float16"` stores float32 samples of volumes in half the bytes, rounded: see {@link lmdbStore}. Default `"keep"`.
   */
  readonly dtype?: "keep" | "float16";
  /** Called with every damaged entry, which is then recomputed. Default: one warning (`onWarning`) for each store. */
  readonly onDamage?: (report: DamageReport) => void;
}

/**
 * Keeps items on disk, in an LMDB environment in the directory `path` (made when first used; composing does no work).
 * Several processes on one machine can use it at the same time, and a process can be killed at any instruction: entries
 * stay intact, and an item is computed once among all processes. The directory must be on a local disk.
 *
 * Volumes of 256 KiB and more are kept in chunks of about 32,768 voxels (16,384 in 2D), each with its own checksum. A
 * pipeline reads the chunks that it uses: crops, windows and patches after the cache, also after flips and rotations,
 * read only theirs; functions of yours get whole volumes. Chunks of one value take no space, those of at most 16 values,
 * as in labels, are deflated. What is damaged is dropped, recomputed, counted and reported to `onDamage`, when it is read.
 * The file does not shrink when entries are dropped: their space is reused.
 *
 * With `dtype: "float16"` the samples of float32 volumes are rounded to the nearest half-precision number (11
 * significant bits; values beyond 65519 become infinity). The item is also rounded when it is computed, so a cold cache
 * returns the same as a warm one.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` here. Later StoreError: `VOXRX_STORE_UNUSABLE` if the directory can't be made,
 * opened or written, `VOXRX_STORE_FULL` on a full disk, `VOXRX_STORE_CONFLICT` if this process has it open with other
 * options; and PipelineError `VOXRX_UNCACHEABLE` for an item that contains something without a stored form
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

const schema = v.strictObject({
  path: nonEmptySchema,
  maxBytes: v.optional(v.union([numberSchema, v.string()]), "20GiB"),
  compression: v.optional(v.boolean(), false),
  dtype: v.optional(v.picklist(["keep", "float16"]), "keep"),
  onDamage: v.optional(functionSchema<(report: DamageReport) => void>()),
});

type Checked = v.InferOutput<typeof schema> & { readonly maxBytes: number };

class LmdbStore implements Store {
  readonly name: string;
  readonly rounding: string | undefined;
  readonly #options: Checked;
  readonly #counts = { hits: 0, misses: 0, evicted: 0, stale: 0, damaged: 0 };
  readonly #reportDamage: (report: DamageReport) => void;
  #opening: Promise<SharedStore> | undefined;
  #closed = false;

  constructor(options: Checked) {
    this.#options = options;
    this.name = `lmdbStore(${basename(options.path)})`;
    this.rounding = options.dtype === "keep" ? undefined : options.dtype;
    this.#reportDamage = damageReporter(this.name, options.onDamage);
    canLeaveSamples(this, (request) => this.#answer(request, true));
  }

  async getOrCompute(request: StoreRequest): Promise<StoreAnswer> {
    return this.#answer(request, false);
  }

  async #answer({ id, compute, signal }: StoreRequest, leavesSamples: boolean): Promise<StoreAnswer> {
    signal?.throwIfAborted();
    const shared = await this.#open();
    const { result, joined, isShared } = await shared.computations.run(
      // Who needs all samples must not get an item of which some are not read.
      leavesSamples ? `${id} without samples` : id,
      (context) => this.#find(shared, id, leavesSamples, compute, context),
      signal,
    );
    const isComputed = result.outcome === "computed" && !joined;
    this.#counts[isComputed ? "misses" : "hits"]++;
    const outcome = joined && result.outcome === "computed" ? "joined" : result.outcome;
    return { stored: isShared ? shareStoredItem(result.stored) : result.stored, outcome };
  }

  async get(id: string): Promise<StoredItem | undefined> {
    return this.#counted(await this.#lookUp(await this.#open(), id, false));
  }

  /** Reads only the chunks that have voxels of the boxes. */
  async getRegion({ id, regions }: StoreRegionRequest): Promise<StoredItem | undefined> {
    return this.#counted(await this.#lookUp(await this.#open(), id, false, (item) => croppedItem(item, regions)));
  }

  async set(id: string, item: StoredItem): Promise<void> {
    await this.#keep(await this.#open(), id, item);
  }

  async delete(id: string): Promise<void> {
    await (await this.#open()).remove([id]);
  }

  async stats(): Promise<StoreStats> {
    const { entries, bytes } = (await this.#open()).totals();
    return { entries, bytes, maxBytes: this.#options.maxBytes, ...this.#counts };
  }

  async verify(): Promise<VerifyReport> {
    const shared = await this.#open();
    const damaged: DamageReport[] = [];
    const ids = shared.ids();
    for (const id of ids) {
      await eventLoopTurn();
      const bytes = shared.readStored(id);
      const decoded = bytes && decodeItem(bytes, shared.chunksOf(id));
      const fault = decoded?.ok ? faultOfSamples(decoded.item, false) : decoded?.fault;
      if (fault !== undefined) damaged.push(await this.#drop(shared, id, fault));
    }
    await shared.reconcile();
    return { checked: ids.length, damaged };
  }

  async prune(maxBytes = this.#options.maxBytes): Promise<{ dropped: number; bytes: number }> {
    checkPruneLimit(maxBytes);
    const shared = await this.#open();
    const stale: string[] = [];
    for (const id of shared.ids()) {
      const files = shared.filesOf(id);
      if (files && (await renewedIdentities(files)) === "changed") stale.push(id);
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
    // A store that could not be opened has nothing to close, and its callers already received the error.
    const shared = await this.#opening?.catch(() => undefined);
    await shared?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The entry, or the result of computing it: by another process that holds the lease, or by this one. */
  async #find(
    shared: SharedStore,
    id: string,
    leavesSamples: boolean,
    compute: () => Promise<StoredItem>,
    context: ComputationContext,
  ): Promise<StoreAnswer> {
    const look = () => this.#lookUp(shared, id, leavesSamples);
    const known = await look();
    if (known) return { stored: known, outcome: "hit" };
    const made = await shared.leaseOr(id, look, context);
    if (made) return { stored: made, outcome: "joined" };
    try {
      // The last owner may have finished between the first look and the lease.
      const finished = await look();
      if (finished) return { stored: finished, outcome: "joined" };
      context.commit();
      return { stored: await this.#keep(shared, id, await compute()), outcome: "computed" };
    } finally {
      await shared.endLease(id);
    }
  }

  /**
   * The entry, or what is made of its value before samples are read, if it is there, intact and fresh. It is dropped if it
   * is damaged, or known not to be fresh.
   */
  async #lookUp(
    shared: SharedStore,
    id: string,
    leavesSamples: boolean,
    partOf: (value: unknown) => unknown = (value) => value,
  ): Promise<StoredItem | undefined> {
    const bytes = shared.read(id);
    if (!bytes) return undefined;
    const decoded = decodeItem(bytes, shared.chunksOf(shared.storedId(id)));
    if (!decoded.ok) {
      await this.#drop(shared, shared.storedId(id), decoded.fault);
      return undefined;
    }
    const files = await this.#renewedFiles(shared, shared.storedId(id), decoded.item.files);
    if (files === "unknown") return undefined;
    if (files === "changed") {
      this.#counts.stale++;
      await shared.remove([id]);
      return undefined;
    }
    const item = { value: partOf(decoded.item.value), files };
    if (faultOfSamples(item, leavesSamples) !== undefined) {
      // While its files were looked at, the entry may have been evicted, or written again: that is no damage.
      const latest = shared.readLatest(id);
      if (!latest) return undefined;
      if (Buffer.compare(latest, bytes) !== 0) return this.#lookUp(shared, id, leavesSamples, partOf);
      const fault = faultOfSamples(item, leavesSamples);
      if (fault !== undefined) {
        await this.#drop(shared, shared.storedId(id), fault);
        return undefined;
      }
    }
    shared.touch(id);
    return item;
  }

  #counted(item: StoredItem | undefined): StoredItem | undefined {
    this.#counts[item ? "hits" : "misses"]++;
    return item;
  }

  /**
   * The files of an entry as they are now, as {@link renewedIdentities} tells. The record of an entry is newer
   * than the entry itself where files with the same content were found in another place or with other times.
   */
  async #renewedFiles(
    shared: SharedStore,
    storedId: string,
    files: readonly FileIdentity[],
  ): ReturnType<typeof renewedIdentities> {
    if (files.length === 0 || (await lookUnchanged(files))) return files;
    const known = shared.filesOf(storedId) ?? files;
    const renewed = await renewedIdentities(known);
    // A full disk must not keep an entry from being read: the files are hashed again next time.
    if (typeof renewed === "string") return renewed;
    const isNew = renewed.some((file, n) => file !== known[n]);
    if (isNew) await shared.renewFiles(storedId, renewed).catch(() => undefined);
    return renewed;
  }

  async #keep(shared: SharedStore, id: string, item: StoredItem): Promise<StoredItem> {
    const { kept, evicted } = await shared.keep(id, item);
    this.#counts.evicted += evicted;
    return kept;
  }

  async #drop(shared: SharedStore, id: string, fault: string): Promise<DamageReport> {
    const report = { id, fault };
    this.#counts.damaged++;
    await shared.removeStored([id]);
    this.#reportDamage(report);
    return report;
  }

  #open(): Promise<SharedStore> {
    if (this.#closed) {
      const remedy = "Make a new store with the same directory; its entries are still there.";
      return Promise.reject(new StoreError("VOXRX_STORE_CLOSED", `${this.name} was closed`, { remedy }));
    }
    this.#opening ??= acquireShared(this.#options.path, this.#options).catch((error) => {
      // The next use tries again: the directory may exist by then.
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }
}

/** Reads the samples of an item that are not read yet, or only those inside of it; returns why that is impossible. */
function faultOfSamples({ value }: StoredItem, leavesSamples: boolean): string | undefined {
  try {
    if (leavesSamples) readInnerSamples(value);
    else readSamples(value);
    return undefined;
  } catch (error) {
    if (isOfLostSamples(error)) return messageOf(error);
    throw error;
  }
}
