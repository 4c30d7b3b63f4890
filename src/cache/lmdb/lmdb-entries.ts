/**
 * Entries in LMDB, with the sizes and totals that keep them under a limit. Every change is one transaction: all of it
 * happens, or nothing.
 */
import type { Key } from "lmdb";
import * as v from "valibot";
import type { FileIdentity } from "../../files/file-identity.ts";
import { numberSchema } from "../../options.ts";
import { commit, jsonBytes, readCopy, readJson, type Tables, useValue } from "./lmdb-environment.ts";

const flushAfterMs = 5_000;
const flushAfterTouches = 1_024;

const fileSchema = v.object({
  path: v.string(),
  size: numberSchema,
  modified: v.string(),
  changed: v.string(),
  absolute: v.exactOptional(v.string()),
  device: v.exactOptional(v.string()),
  inode: v.exactOptional(v.string()),
  hash: v.exactOptional(v.string()),
  isYoung: v.exactOptional(v.literal(true)),
});
const recordSchema = v.object({
  size: numberSchema,
  used: numberSchema,
  files: v.array(fileSchema),
  chunks: v.optional(numberSchema, 0),
});
const totalsSchema = v.object({ entries: numberSchema, bytes: numberSchema });

/**
 * What is known about an entry without reading it: bytes, last use (ms since 1970, with fractions), files, number of
 * chunks.
 */
export type EntryRecord = v.InferOutput<typeof recordSchema>;

/** Number of entries and their bytes. */
export type Totals = v.InferOutput<typeof totalsSchema>;

/** An entry as it is written. */
export interface EncodedEntry {
  readonly bytes: Uint8Array;
  /** The bytes of each chunk; none of one without bytes. */
  readonly chunks: readonly Uint8Array[];
}

/** Bytes of an entry with its chunks. */
export function sizeOfEntry({ bytes, chunks }: EncodedEntry): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, bytes.length);
}

/** The entries of one directory. */
export class Entries {
  readonly #tables: Tables;
  readonly #maxBytes: number;
  /**
   * Uses since the last transaction, by id. Hits only write here; a transaction for each would cost more than the read.
   */
  #touched = new Map<string, number>();
  #flushTimer: NodeJS.Timeout | undefined;
  #now = 0;

  constructor(tables: Tables, maxBytes: number) {
    this.#tables = tables;
    this.#maxBytes = maxBytes;
  }

  /** The bytes of an entry, in new memory. */
  read(id: string): Uint8Array<ArrayBuffer> | undefined {
    return readCopy(this.#tables.entries, id);
  }

  /** Calls `use` with the bytes of a chunk of an entry, as {@link useValue} does. */
  useChunk<T>(id: string, n: number, use: (bytes: Uint8Array) => T): T | undefined {
    return useValue(this.#tables.chunks, [id, n], use);
  }

  /** Makes visible what other processes have written since. */
  refresh(): void {
    this.#tables.root.resetReadTxn();
  }

  record(id: string): EntryRecord | undefined {
    return readJson(this.#tables.index, id, recordSchema);
  }

  totals(): Totals {
    return readJson(this.#tables.facts, "totals", totalsSchema) ?? this.#recount();
  }

  /** Ids of all entries; what no VoxRx store has written is left out. */
  ids(): string[] {
    return [...this.#tables.entries.getKeys()].filter((id) => typeof id === "string");
  }

  /** Records that an entry was used. */
  touch(id: string): void {
    this.#touched.set(id, this.#tick());
    if (this.#touched.size >= flushAfterTouches) void this.#flushSoon();
    else this.#flushTimer ??= setTimeout(() => void this.#flushSoon(), flushAfterMs).unref();
  }

  /**
   * Writes an entry in place of what was there, after making room for it. Resolves to the number of entries evicted.
   */
  write(id: string, { bytes, chunks }: EncodedEntry, files: readonly FileIdentity[]): Promise<number> {
    const size = sizeOfEntry({ bytes, chunks });
    return this.#change((totals) => {
      const { entries, chunks: table, index, recent } = this.#tables;
      this.#remove(id, totals);
      const evicted = this.#evict(this.#maxBytes - size, totals);
      const used = this.#tick();
      entries.put(id, bytes);
      for (const [n, chunk] of chunks.entries()) if (chunk.length > 0) table.put([id, n], chunk);
      index.put(id, jsonBytes({ size, used, files, chunks: chunks.length }));
      recent.put([used, id], nothing);
      totals.entries++;
      totals.bytes += size;
      return evicted;
    });
  }

  /** Replaces what is known of the files that an entry was computed from. */
  async renewFiles(id: string, files: readonly FileIdentity[]): Promise<void> {
    await this.#change(() => {
      const record = this.record(id);
      if (record) this.#tables.index.put(id, jsonBytes({ ...record, files }));
    });
  }

  /** Removes entries. Resolves to the number of those that were there. */
  remove(ids: readonly string[]): Promise<number> {
    return this.#change((totals) => ids.filter((id) => this.#remove(id, totals)).length);
  }

  /** Evicts the least recently used entries until at most `maxBytes` are left. Resolves to their number. */
  evict(maxBytes: number): Promise<number> {
    return this.#change((totals) => this.#evict(maxBytes, totals));
  }

  /**
   * Removes all entries, with their records and totals. A transaction needs free pages for what it changes, and on a
   * full disk there are only those that the one before left: the first one removes little, each of the next ones twice
   * as much.
   */
  async clear(): Promise<void> {
    const { entries, chunks, index, recent } = this.#tables;
    this.#touched.clear();
    for (let most = 1; ; most *= 2) {
      const ids = [...entries.getKeys({ limit: most })];
      await this.#change((totals) => {
        for (const id of ids) if (typeof id === "string") this.#remove(id, totals);
      });
      if (ids.length < most) break;
    }
    await this.#change((totals) => {
      for (const table of [entries, chunks, index, recent]) for (const id of [...table.getKeys()]) table.remove(id);
      Object.assign(totals, { entries: 0, bytes: 0 });
    });
  }

  /** Makes records and totals agree with the entries, after damage: drops records and chunks without an entry. */
  async reconcile(): Promise<void> {
    await this.#change((totals) => {
      const { entries, chunks, index } = this.#tables;
      for (const key of [...chunks.getKeys()]) if (!this.#isOfEntry(key)) chunks.remove(key);
      const lost = [...index.getKeys()].filter((id) => !entries.doesExist(id));
      for (const id of lost) if (typeof id === "string") this.#remove(id, totals);
      Object.assign(totals, this.#recount());
    });
  }

  /** Writes the uses recorded since the last transaction. */
  async flush(): Promise<void> {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#touched.size > 0) await this.#change(() => undefined);
  }

  async #flushSoon(): Promise<void> {
    // The order of use is only an estimate: a full disk, or a close in the meantime, may lose some of it.
    await this.flush().catch(() => undefined);
  }

  /**
   * Runs a change with the totals, which it can modify. lmdb keeps what a callback wrote before it threw, so totals are
   * written in any case.
   */
  #change<T>(change: (totals: Totals) => T): Promise<T> {
    const { facts } = this.#tables;
    return commit(this.#tables, () => {
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
    for (const [id, used] of touched) {
      const record = this.record(id);
      if (!record || record.used >= used) continue;
      recent.remove([record.used, id]);
      recent.put([used, id], nothing);
      index.put(id, jsonBytes({ ...record, used }));
    }
  }

  /** Whether a chunk belongs to an entry that is there. */
  #isOfEntry(key: Key): boolean {
    const [id, n] = Array.isArray(key) ? key : [];
    if (typeof id !== "string" || typeof n !== "number" || !this.#tables.entries.doesExist(id)) return false;
    return n < (this.record(id)?.chunks ?? 0);
  }

  #remove(id: string, totals: Totals): boolean {
    const { entries, chunks, index, recent } = this.#tables;
    const record = this.record(id);
    const exists = entries.doesExist(id);
    if (exists) entries.remove(id);
    for (let n = 0; n < (record?.chunks ?? 0); n++) chunks.remove([id, n]);
    if (record) {
      index.remove(id);
      recent.remove([record.used, id]);
      totals.entries--;
      totals.bytes -= record.size;
    }
    return exists;
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
        const id = Array.isArray(entry) ? entry[1] : undefined;
        if (typeof id === "string" && this.#remove(id, totals)) evicted++;
      }
    }
    return evicted;
  }

  #recount(): Totals {
    const totals = { entries: 0, bytes: 0 };
    for (const id of this.#tables.index.getKeys()) {
      const record = typeof id === "string" ? this.record(id) : undefined;
      if (!record) continue;
      totals.entries++;
      totals.bytes += record.size;
    }
    return totals;
  }

  /** The current time, always later than the last one: entries of one process never have the same time. */
  #tick(): number {
    this.#now = Math.max(performance.timeOrigin + performance.now(), this.#now + 0.001);
    return this.#now;
  }
}

const nothing = new Uint8Array(0);
