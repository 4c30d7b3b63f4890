/** Entries in LMDB with the accounts that keep them under a limit. Every change is one transaction: all of it happens, or nothing. */
import { z } from "zod";
import type { FileIdentity } from "../../files/identify-file.ts";
import { jsonBytes, readCopy, readJson, type Tables } from "./lmdb-environment.ts";

const flushAfterMs = 5_000;
const flushAfterTouches = 1_024;

const fileSchema = z.object({ path: z.string(), size: z.number(), modified: z.string(), changed: z.string() });
const recordSchema = z.object({ size: z.number(), used: z.number(), files: z.array(fileSchema) });
const totalsSchema = z.object({ entries: z.number(), bytes: z.number() });

/** What is known of an entry without reading it: bytes, last use (ms since 1970, with fractions), files. */
export type EntryRecord = z.output<typeof recordSchema>;

/** Number of entries and their bytes. */
export type Totals = z.output<typeof totalsSchema>;

/** The entries of one folder. */
export class Entries {
  readonly #tables: Tables;
  readonly #maxBytes: number;
  /** Uses since the last transaction, by key. Hits only write here; a transaction for each would cost more than the read. */
  #touched = new Map<string, number>();
  #flushTimer: NodeJS.Timeout | undefined;
  #now = 0;

  constructor(tables: Tables, maxBytes: number) {
    this.#tables = tables;
    this.#maxBytes = maxBytes;
  }

  /** The bytes of an entry, in fresh memory. */
  read(key: string): Uint8Array<ArrayBuffer> | undefined {
    return readCopy(this.#tables.entries, key);
  }

  /** Sees what other processes have written since. */
  refresh(): void {
    this.#tables.root.resetReadTxn();
  }

  record(key: string): EntryRecord | undefined {
    return readJson(this.#tables.index, key, recordSchema);
  }

  totals(): Totals {
    return readJson(this.#tables.facts, "totals", totalsSchema) ?? this.#recount();
  }

  /** Keys of all entries; what no store of ours has written is left out. */
  keys(): string[] {
    return [...this.#tables.entries.getKeys()].filter((key) => typeof key === "string");
  }

  /** Notes that an entry was used. */
  touch(key: string): void {
    this.#touched.set(key, this.#tick());
    if (this.#touched.size >= flushAfterTouches) void this.#flushSoon();
    else this.#flushTimer ??= setTimeout(() => void this.#flushSoon(), flushAfterMs).unref();
  }

  /** Writes an entry in place of what was there, and makes room for it first. Resolves to the number of entries evicted. */
  write(key: string, bytes: Uint8Array, files: readonly FileIdentity[]): Promise<number> {
    return this.#change((totals) => {
      const { entries, index, recent } = this.#tables;
      this.#remove(key, totals);
      const evicted = this.#evict(this.#maxBytes - bytes.length, totals);
      const used = this.#tick();
      entries.put(key, bytes);
      index.put(key, jsonBytes({ size: bytes.length, used, files }));
      recent.put([used, key], nothing);
      totals.entries++;
      totals.bytes += bytes.length;
      return evicted;
    });
  }

  /** Forgets entries. Resolves to the number of those that were there. */
  remove(keys: readonly string[]): Promise<number> {
    return this.#change((totals) => keys.filter((key) => this.#remove(key, totals)).length);
  }

  /** Evicts the entries longest unused until at most `maxBytes` are left. Resolves to their number. */
  evict(maxBytes: number): Promise<number> {
    return this.#change((totals) => this.#evict(maxBytes, totals));
  }

  /** Forgets all, and the accounts with it. */
  async clear(): Promise<void> {
    const { entries, index, recent } = this.#tables;
    this.#touched.clear();
    await this.#change((totals) => {
      for (const table of [entries, index, recent]) for (const key of [...table.getKeys()]) table.remove(key);
      Object.assign(totals, { entries: 0, bytes: 0 });
    });
  }

  /** Makes the accounts agree with the entries: drops records without an entry. For after damage. */
  async reconcile(): Promise<void> {
    await this.#change((totals) => {
      const { entries, index } = this.#tables;
      const lost = [...index.getKeys()].filter((key) => !entries.doesExist(key));
      for (const key of lost) if (typeof key === "string") this.#remove(key, totals);
      Object.assign(totals, this.#recount());
    });
  }

  /** Writes the uses noted since. */
  async flush(): Promise<void> {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#touched.size > 0) await this.#change(() => undefined);
  }

  async #flushSoon(): Promise<void> {
    // The order of use is an estimate by nature: a full disk, or a close meanwhile, may lose some of it.
    await this.flush().catch(() => undefined);
  }

  /** Runs a change with the totals, which it may alter. lmdb keeps what a throwing callback wrote, so totals follow in any case. */
  #change<T>(change: (totals: Totals) => T): Promise<T> {
    const { root, facts } = this.#tables;
    return root.transaction(() => {
      const totals = this.totals();
      this.#applyTouches();
      try {
        return change(totals);
      } finally {
        facts.put("totals", jsonBytes(totals));
      }
    });
  }

  #applyTouches(): void {
    const touched = this.#touched;
    this.#touched = new Map();
    const { index, recent } = this.#tables;
    for (const [key, used] of touched) {
      const record = this.record(key);
      if (!record || record.used >= used) continue;
      recent.remove([record.used, key]);
      recent.put([used, key], nothing);
      index.put(key, jsonBytes({ ...record, used }));
    }
  }

  #remove(key: string, totals: Totals): boolean {
    const { entries, index, recent } = this.#tables;
    const record = this.record(key);
    const isThere = entries.doesExist(key);
    if (isThere) entries.remove(key);
    if (record) {
      index.remove(key);
      recent.remove([record.used, key]);
      totals.entries--;
      totals.bytes -= record.size;
    }
    return isThere;
  }

  #evict(maxBytes: number, totals: Totals): number {
    const { recent } = this.#tables;
    let evicted = 0;
    while (totals.bytes > Math.max(0, maxBytes)) {
      const oldest = [...recent.getKeys({ limit: 16 })];
      if (oldest.length === 0) break;
      for (const entry of oldest) {
        if (totals.bytes <= Math.max(0, maxBytes)) break;
        recent.remove(entry);
        const key = Array.isArray(entry) ? entry[1] : undefined;
        if (typeof key === "string" && this.#remove(key, totals)) evicted++;
      }
    }
    return evicted;
  }

  #recount(): Totals {
    const totals = { entries: 0, bytes: 0 };
    for (const key of this.#tables.index.getKeys()) {
      const record = typeof key === "string" ? this.record(key) : undefined;
      if (!record) continue;
      totals.entries++;
      totals.bytes += record.size;
    }
    return totals;
  }

  /** Now, later than ever before: entries of one process never share a time. */
  #tick(): number {
    this.#now = Math.max(performance.timeOrigin + performance.now(), this.#now + 0.001);
    return this.#now;
  }
}

const nothing = new Uint8Array(0);
