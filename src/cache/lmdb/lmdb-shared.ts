/** What all stores of one folder share within a process: the environment, the computations under way, the writes in flight. */
import { setTimeout as wait } from "node:timers/promises";
import { type Crew, SingleFlight } from "../../async/single-flight.ts";
import { StoreError } from "../../errors.ts";
import type { FileIdentity } from "../../files/identify-file.ts";
import { digest } from "../../fingerprint/fingerprint.ts";
import { handOutItem, memoryOf } from "../../item/shared-copy.ts";
import { decodeItem } from "../codec/decode-entry.ts";
import { encodeItem, type StoredDtype } from "../codec/encode-entry.ts";
import type { StoreAnswer, StoredItem } from "../store.ts";
import { WriteGate } from "../write-gate.ts";
import { Entries, type Totals } from "./lmdb-entries.ts";
import {
  type EnvironmentOptions,
  makeFolder,
  openTables,
  type Tables,
  unusable,
  writeFailure,
} from "./lmdb-environment.ts";
import { Leases } from "./lmdb-leases.ts";

/** Bytes of entries that may wait for their commit at a time; lmdb itself would take any number. */
const bytesInFlight = 256 * 2 ** 20;
/** LMDB and Node end at 4 GiB for one value; items of more than half of it are given, but not kept. */
const largestEntry = 2 ** 31 - 1;
const firstWaitMs = 5;
const longestWaitMs = 250;
const readerCheckMs = 60_000;

interface SharedOptions extends EnvironmentOptions {
  readonly dtype: StoredDtype;
}

const open = new Map<string, { readonly shared: Promise<SharedStore>; readonly options: SharedOptions }>();
const closing = new Map<string, Promise<void>>();

/** The folder's environment, opened if nobody in this process has it open. Pair it with {@link SharedStore.release}. */
export async function acquireShared(path: string, options: SharedOptions): Promise<SharedStore> {
  const folder = await makeFolder(path);
  for (;;) {
    await closing.get(folder);
    const known = open.get(folder);
    if (known) checkSame(folder, known.options, options);
    const shared = await (known?.shared ?? openShared(folder, options));
    // While this one waited, its last user may have closed it.
    if (shared.retain()) return shared;
  }
}

function openShared(folder: string, options: SharedOptions): Promise<SharedStore> {
  const shared = openTables(folder, options).then((tables) => new SharedStore(folder, tables, options));
  open.set(folder, { shared, options });
  shared.catch(() => open.delete(folder));
  return shared;
}

/** One folder's store, as its users in this process share it. */
export class SharedStore {
  readonly flight = new SingleFlight<StoreAnswer>();
  readonly #folder: string;
  readonly #tables: Tables;
  readonly #entries: Entries;
  readonly #leases: Leases;
  readonly #gate = new WriteGate(bytesInFlight);
  readonly #maxBytes: number;
  readonly #dtype: StoredDtype;
  readonly #changes = new Set<Promise<unknown>>();
  #readersChecked = performance.now();
  #users = 0;
  #closed = false;

  constructor(folder: string, tables: Tables, { maxBytes, dtype }: SharedOptions) {
    this.#folder = folder;
    this.#tables = tables;
    this.#maxBytes = maxBytes;
    this.#dtype = dtype;
    this.#entries = new Entries(tables, maxBytes);
    this.#leases = new Leases(tables);
  }

  /** Begins one use; false if the store is closed already. */
  retain(): boolean {
    if (!this.#closed) this.#users++;
    return !this.#closed;
  }

  /** Ends one use. The last one waits for writes, gives leases back, and closes. */
  async release(): Promise<void> {
    if (--this.#users > 0) {
      await Promise.allSettled(this.#changes);
      return;
    }
    this.#closed = true;
    open.delete(this.#folder);
    const end = this.#end().finally(() => closing.delete(this.#folder));
    closing.set(this.#folder, end);
    await end;
  }

  /** The key under which an entry lies: LMDB's keys are short, and a rounded entry is another one than an exact one. */
  storedKey(key: string): string {
    const short = /^[\x20-\x7e]{1,500}$/.test(key) ? key : `sha256:${digest(key)}`;
    return this.#dtype === "float16" ? `float16:${short}` : short;
  }

  read(key: string): Uint8Array<ArrayBuffer> | undefined {
    return this.readStored(this.storedKey(key));
  }

  readStored(key: string): Uint8Array<ArrayBuffer> | undefined {
    this.#checkOpen();
    return this.#reading(() => this.#entries.read(key));
  }

  touch(key: string): void {
    if (!this.#closed) this.#entries.touch(this.storedKey(key));
  }

  keys(): string[] {
    this.#checkOpen();
    return this.#reading(() => this.#entries.keys());
  }

  filesOf(key: string): readonly FileIdentity[] | undefined {
    this.#checkOpen();
    return this.#reading(() => this.#entries.record(key)?.files);
  }

  totals(): Totals {
    this.#checkOpen();
    return this.#reading(() => this.#entries.totals());
  }

  /** Keeps an item if it fits and the store is still open. `kept` is what a later hit gives. */
  async keep(key: string, item: StoredItem): Promise<{ kept: StoredItem; evicted: number }> {
    const { spanned } = memoryOf(item.value);
    if (spanned > largestEntry && this.#dtype === "keep") return { kept: handOutItem(item), evicted: 0 };
    return this.#gate.pass(spanned, async () => {
      this.#forgetDeadReaders();
      const bytes = encodeItem(item, this.#dtype);
      const evicted = await this.#write(this.storedKey(key), bytes, item.files);
      const decoded = decodeItem(bytes);
      if (decoded.ok) return { kept: decoded.item, evicted };
      throw new StoreError("VOXRX_STORE_UNUSABLE", `an entry cannot be read back: ${decoded.fault}`);
    });
  }

  async #write(key: string, bytes: Uint8Array, files: readonly FileIdentity[]): Promise<number> {
    if (bytes.length <= Math.min(this.#maxBytes, largestEntry))
      return this.#changed(() => this.#entries.write(key, bytes, files), 0);
    await this.removeStored([key]);
    return 0;
  }

  /** The slot of a reader that was killed keeps the pages that it looked at: the file would grow for as long as this one is open. */
  #forgetDeadReaders(): void {
    const now = performance.now();
    if (now - this.#readersChecked < readerCheckMs) return;
    this.#readersChecked = now;
    this.#tables.root.readerCheck();
  }

  remove(keys: readonly string[]): Promise<number> {
    return this.removeStored(keys.map((key) => this.storedKey(key)));
  }

  removeStored(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return Promise.resolve(0);
    return this.#changed(() => this.#entries.remove(keys), 0);
  }

  evict(maxBytes: number): Promise<number> {
    return this.#changed(() => this.#entries.evict(maxBytes), 0);
  }

  reconcile(): Promise<void> {
    return this.#changed(() => this.#entries.reconcile(), undefined);
  }

  clear(): Promise<void> {
    return this.#changed(() => this.#entries.clear(), undefined);
  }

  /**
   * Takes the lease of a key and resolves to undefined; or, while another process holds it, looks again and again, and resolves
   * to what `look` finds. Ends when nobody waits for it any more.
   */
  async leaseOr(key: string, look: () => Promise<StoredItem | undefined>, crew: Crew): Promise<StoredItem | undefined> {
    const name = this.storedKey(key);
    for (let pause = firstWaitMs; ; pause = Math.min(longestWaitMs, pause * 1.5)) {
      this.#checkOpen();
      crew.leaveIfUnwanted();
      const isFree = this.#reading(() => this.#leases.isFree(name));
      if (isFree && (await this.#changed(() => this.#leases.take(name), true))) return undefined;
      await wait(pause);
      this.#checkOpen();
      this.#entries.refresh();
      const found = await look();
      if (found) return found;
    }
  }

  async endLease(key: string): Promise<void> {
    await this.#changed(() => this.#leases.drop(this.storedKey(key)), undefined);
  }

  /** Pages of LMDB's own that are damaged fail a read with an error of the library. */
  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw unusable(this.#folder, error);
    }
  }

  /** Runs a change that a close waits for; after a close it does nothing and answers `otherwise`. */
  async #changed<T>(change: () => Promise<T>, otherwise: T): Promise<T> {
    if (this.#closed) return otherwise;
    const running = change();
    this.#changes.add(running);
    try {
      return await running;
    } catch (error) {
      throw await writeFailure(this.#folder, error);
    } finally {
      this.#changes.delete(running);
    }
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#changes);
    await Promise.allSettled([this.#entries.flush(), this.#leases.close()]);
    await this.#tables.root.close();
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StoreError("VOXRX_STORE_CLOSED", "the store was closed", {
      file: this.#folder,
      remedy: "Make a new store of the same folder; its entries are still there.",
    });
  }
}

function checkSame(folder: string, known: SharedOptions, wanted: SharedOptions): void {
  const names = ["maxBytes", "compression", "dtype"] as const;
  const other = names.find((name) => known[name] !== wanted[name]);
  if (!other) return;
  throw new StoreError("VOXRX_STORE_CONFLICT", `the store is open with ${other}: ${known[other]}`, {
    file: folder,
    remedy: `Close it first, or open it with the same ${other}; ${wanted[other]} was asked for.`,
  });
}
