/**
 * What all stores of one directory share within a process: the environment, the running computations and the writes in
 * flight.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type ComputationContext, ComputeOnce } from "../../async/compute-once.ts";
import { WriteGate } from "../../async/write-gate.ts";
import { StoreError } from "../../errors.ts";
import type { FileIdentity } from "../../files/file-identity.ts";
import { digest } from "../../fingerprint/fingerprint.ts";
import { readSamples } from "../../item/read-samples.ts";
import { memoryUse, shareStoredItem } from "../../item/shared-copy.ts";
import type { StoredItem } from "../../item/stored-item.ts";
import type { UseChunk } from "../codec/chunk-source.ts";
import { decodeItem } from "../codec/decode-entry.ts";
import { encodeItem } from "../codec/encode-entry.ts";
import type { StoredDtype } from "../codec/float16.ts";
import type { StoreAnswer } from "../store.ts";
import { type EncodedEntry, Entries, sizeOfEntry, type Totals } from "./lmdb-entries.ts";
import {
  closeRoot,
  dataInode,
  directoryOf,
  type EnvironmentOptions,
  openTables,
  type Tables,
  unusable,
  writeFailure,
} from "./lmdb-environment.ts";
import { Leases } from "./lmdb-leases.ts";

/** Bytes of entries that can wait for their commit at a time; lmdb itself has no limit. */
const bytesInFlight = 256 * 2 ** 20;
/** LMDB and Node allow 4 GiB for one value; items of more than half of that are returned but not kept. */
const largestEntry = 2 ** 31 - 1;
const firstWaitMs = 5;
const longestWaitMs = 250;
const readerCheckMs = 60_000;

interface SharedOptions extends EnvironmentOptions {
  readonly dtype: StoredDtype;
}

const open = new Map<string, { readonly shared: Promise<SharedStore>; readonly options: SharedOptions }>();
const closing = new Map<string, Promise<void>>();

/**
 * The directory's environment, opened if it is not open in this process. Call {@link SharedStore.release} after use.
 */
export async function acquireShared(path: string, options: SharedOptions): Promise<SharedStore> {
  const dir = await directoryOf(path);
  for (;;) {
    await closing.get(dir);
    const known = open.get(dir);
    if (known) checkSame(dir, known.options, options);
    const shared = await (known?.shared ?? openShared(dir, options));
    // Its last user may have closed it during the await.
    if (shared.retain()) return shared;
  }
}

function openShared(dir: string, options: SharedOptions): Promise<SharedStore> {
  const shared = openTables(dir, options).then(
    async (tables) => new SharedStore(dir, await dataInode(dir), tables, options),
  );
  open.set(dir, { shared, options });
  shared.catch(() => open.delete(dir));
  return shared;
}

/** One directory's store, as its users in this process share it. */
export class SharedStore {
  readonly computations = new ComputeOnce<StoreAnswer>("finish");
  readonly #dir: string;
  /** Of data.mdb when it was opened. */
  readonly #inode: string | undefined;
  readonly #tables: Tables;
  readonly #entries: Entries;
  readonly #leases: Leases;
  readonly #gate = new WriteGate(bytesInFlight);
  readonly #maxBytes: number;
  readonly #dtype: StoredDtype;
  readonly #changes = new Set<Promise<unknown>>();
  #readersChecked = performance.now();
  #users = 0;
  #hasFailed = false;
  #closed = false;

  constructor(dir: string, inode: string | undefined, tables: Tables, { maxBytes, dtype }: SharedOptions) {
    this.#dir = dir;
    this.#inode = inode;
    this.#tables = tables;
    this.#maxBytes = maxBytes;
    this.#dtype = dtype;
    this.#entries = new Entries(tables, maxBytes);
    this.#leases = new Leases(tables);
  }

  /** Begins one use; false if the store is already closed. */
  retain(): boolean {
    if (!this.#closed) this.#users++;
    return !this.#closed;
  }

  /** Ends one use. The last one waits for writes, releases leases and closes. */
  async release(): Promise<void> {
    if (--this.#users > 0) {
      await Promise.allSettled(this.#changes);
      return;
    }
    this.#closed = true;
    open.delete(this.#dir);
    const end = this.#end().finally(() => closing.delete(this.#dir));
    closing.set(this.#dir, end);
    await end;
  }

  /**
   * The id under which an entry is stored: LMDB's keys are short, and a rounded entry needs another id than an exact
   * one.
   */
  storedId(id: string): string {
    const short = /^[\x20-\x7e]{1,500}$/.test(id) ? id : `sha256:${digest(id)}`;
    return this.#dtype === "float16" ? `float16:${short}` : short;
  }

  read(id: string): Uint8Array<ArrayBuffer> | undefined {
    return this.readStored(this.storedId(id));
  }

  readStored(id: string): Uint8Array<ArrayBuffer> | undefined {
    this.#checkOpen();
    return this.#reading(() => this.#entries.read(id));
  }

  /** The same as {@link read}, but what other processes have written since is there. */
  readLatest(id: string): Uint8Array<ArrayBuffer> | undefined {
    this.#entries.refresh();
    return this.read(id);
  }

  /** Gives the chunks of an entry. */
  chunksOf(storedId: string): UseChunk {
    return (n, use) => {
      this.#checkOpen();
      let isRead = false;
      try {
        return this.#entries.useChunk(storedId, n, (bytes) => {
          isRead = true;
          return use(bytes);
        });
      } catch (error) {
        throw isRead ? error : unusable(this.#dir, error);
      }
    };
  }

  touch(id: string): void {
    if (!this.#closed) this.#entries.touch(this.storedId(id));
  }

  ids(): string[] {
    this.#checkOpen();
    return this.#reading(() => this.#entries.ids());
  }

  filesOf(id: string): readonly FileIdentity[] | undefined {
    this.#checkOpen();
    return this.#reading(() => this.#entries.record(id)?.files);
  }

  /** Replaces what is known of an entry's files: they were found to have the same content. */
  async renewFiles(id: string, files: readonly FileIdentity[]): Promise<void> {
    await this.#runChange(() => this.#entries.renewFiles(id, files), undefined);
  }

  totals(): Totals {
    this.#checkOpen();
    return this.#reading(() => this.#entries.totals());
  }

  /** Keeps an item if it fits and the store is still open. `kept` is what a later hit returns. */
  async keep(id: string, item: StoredItem): Promise<{ kept: StoredItem; evicted: number }> {
    const { spanned } = memoryUse(item.value);
    if (spanned > largestEntry && this.#dtype === "keep") return { kept: shareStoredItem(item), evicted: 0 };
    return this.#gate.pass(spanned, async () => {
      this.#forgetDeadReaders();
      const chunks: Uint8Array[] = [];
      const bytes = encodeItem(item, this.#dtype, chunks);
      const evicted = await this.#write(this.storedId(id), { bytes, chunks }, item.files);
      if (this.#dtype === "keep") return { kept: shareStoredItem(item), evicted };
      // A hit has rounded samples.
      const decoded = decodeItem(bytes, (n, use) => chunks[n] && use(chunks[n]));
      if (!decoded.ok) throw unreadBack(decoded.fault);
      readSamples(decoded.item.value);
      return { kept: decoded.item, evicted };
    });
  }

  async #write(id: string, entry: EncodedEntry, files: readonly FileIdentity[]): Promise<number> {
    if (entry.bytes.length <= largestEntry && sizeOfEntry(entry) <= this.#maxBytes)
      return this.#runChange(() => this.#entries.write(id, entry, files), 0);
    await this.removeStored([id]);
    return 0;
  }

  /**
   * The slot of a reader that was killed keeps the pages that it read: the file would grow as long as this store is
   * open.
   */
  #forgetDeadReaders(): void {
    const now = performance.now();
    if (now - this.#readersChecked < readerCheckMs) return;
    this.#readersChecked = now;
    this.#tables.root.readerCheck();
  }

  remove(ids: readonly string[]): Promise<number> {
    return this.removeStored(ids.map((id) => this.storedId(id)));
  }

  removeStored(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return Promise.resolve(0);
    return this.#runChange(() => this.#entries.remove(ids), 0);
  }

  evict(maxBytes: number): Promise<number> {
    return this.#runChange(() => this.#entries.evict(maxBytes), 0);
  }

  reconcile(): Promise<void> {
    return this.#runChange(() => this.#entries.reconcile(), undefined);
  }

  clear(): Promise<void> {
    return this.#runChange(() => this.#entries.clear(), undefined);
  }

  /**
   * Takes the lease of an id and resolves to undefined. While another process holds the lease, calls `look` repeatedly
   * and resolves to what it finds. Ends when no caller waits any more.
   */
  async leaseOr(
    id: string,
    look: () => Promise<StoredItem | undefined>,
    context: ComputationContext,
  ): Promise<StoredItem | undefined> {
    const name = this.storedId(id);
    for (let pause = firstWaitMs; ; pause = Math.min(longestWaitMs, pause * 1.5)) {
      this.#checkOpen();
      context.throwIfUnwanted();
      const isFree = this.#reading(() => this.#leases.isFree(name));
      if (isFree && (await this.#runChange(() => this.#leases.take(name), true))) return undefined;
      await wait(pause);
      this.#checkOpen();
      this.#entries.refresh();
      const found = await look();
      if (found) return found;
    }
  }

  async endLease(id: string): Promise<void> {
    await this.#runChange(() => this.#leases.drop(this.storedId(id)), undefined);
  }

  /** If LMDB's own pages are damaged, a read throws an error of the library. */
  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw unusable(this.#dir, error);
    }
  }

  /** Runs a change that a close waits for; after a close, does nothing and returns `otherwise`. */
  async #runChange<T>(change: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.#closed) return otherwise;
    const running = this.#checkThere().then(change);
    this.#changes.add(running);
    try {
      return await running;
    } catch (error) {
      this.#hasFailed = true;
      throw await writeFailure(this.#dir, error);
    } finally {
      this.#changes.delete(running);
    }
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#changes);
    const ends = await Promise.allSettled([this.#entries.flush(), this.#leases.close()]);
    this.#hasFailed ||= ends.some(({ status }) => status === "rejected");
    // By now all changes have settled: nothing is lost if a failed commit keeps lmdb from closing.
    await closeRoot(this.#tables.root, this.#hasFailed);
    this.#tables.gate.close();
  }

  /** What is written to a file that was deleted is lost, without an error of the system. */
  async #checkThere(): Promise<void> {
    if ((await dataInode(this.#dir)) === this.#inode) return;
    throw new StoreError("VOXRX_STORE_UNUSABLE", "the directory was deleted or replaced while the store was open", {
      file: this.#dir,
      remedy: "Close the store and make a new one; delete a store's directory only while nothing uses it.",
    });
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StoreError("VOXRX_STORE_CLOSED", "the store was closed", {
      file: this.#dir,
      remedy: "Make a new store with the same directory; its entries are still there.",
    });
  }
}

function checkSame(dir: string, known: SharedOptions, wanted: SharedOptions): void {
  const names = ["maxBytes", "compression", "dtype"] as const;
  const other = names.find((name) => known[name] !== wanted[name]);
  if (!other) return;
  throw new StoreError("VOXRX_STORE_CONFLICT", `the store is open with ${other}: ${known[other]}`, {
    file: dir,
    remedy: `Close it first, or open it with the same ${other} instead of ${wanted[other]}.`,
  });
}

function unreadBack(fault: string): StoreError {
  const remedy = "Please report this as a fault of VoxRx; without the option dtype, entries are not read back.";
  return new StoreError("VOXRX_STORE_UNUSABLE", `an entry can't be read back: ${fault}`, { remedy });
}
