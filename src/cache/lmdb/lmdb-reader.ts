/** Looks into a store that exists. Nothing in its directory is changed, and nothing is made in one that holds no store. */
import { constants } from "node:fs";
import { access, mkdtemp, realpath, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventLoopTurn } from "../../async/event-loop-turn.ts";
import { messageOf, StoreError } from "../../errors.ts";
import { fileFault } from "../../files/image-file.ts";
import { isOfLostSamples, readSamples } from "../../item/read-samples.ts";
import { decodeItem } from "../codec/decode-entry.ts";
import type { DamageReport, VerifyReport } from "../store.ts";
import { checkDataFile } from "./check-lmdb-files.ts";
import { CommitGate, whileNobodyCommits } from "./commit-gate.ts";
import { Entries } from "./lmdb-entries.ts";
import { closeRoot, formatSchema, lmdb, readJson, type Table, type Tables, unusable } from "./lmdb-environment.ts";

/** One entry, as the store knows it without reading it. */
export interface ListedEntry {
  readonly id: string;
  readonly bytes: number;
  /** Last use, ms since 1970. */
  readonly usedMs: number;
  /** Files that it was computed from. */
  readonly files: readonly string[];
}

/** A store that is only read. */
export interface StoreReader extends AsyncDisposable {
  /** Whether the store was made with `compression`. */
  readonly compression: boolean;
  totals(): { readonly entries: number; readonly bytes: number };
  /** The entries, those used last first. */
  list(): ListedEntry[];
  /** Reads every entry. `onEntry` is called after each with the number of those read. */
  verify(onEntry?: (read: number) => void): Promise<VerifyReport>;
}

/**
 * Opens the store in a directory to read it.
 *
 * @throws StoreError `VOXRX_STORE_UNUSABLE` if the directory holds no store, or a damaged one
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export async function readLmdbStore(path: string): Promise<StoreReader> {
  await stat(path).catch((cause) => {
    throw fileFault(cause, path, "path");
  });
  const { tables, compression, close } = await openToRead(path).catch((error) => {
    throw error instanceof StoreError ? error : unusable(path, error);
  });
  const entries = new Entries(tables, Number.POSITIVE_INFINITY);
  const listed = (id: string): ListedEntry[] => {
    const record = entries.record(id);
    if (!record) return [];
    return [{ id, bytes: record.size, usedMs: record.used, files: record.files.map((file) => file.path) }];
  };
  return {
    compression,
    totals: () => entries.totals(),
    list: () =>
      entries
        .ids()
        .flatMap(listed)
        .sort((a, b) => b.usedMs - a.usedMs),
    verify: (onEntry) => verifyEntries(entries, onEntry),
    [Symbol.asyncDispose]: close,
  };
}

async function verifyEntries(entries: Entries, onEntry?: (read: number) => void): Promise<VerifyReport> {
  const damaged: DamageReport[] = [];
  const ids = entries.ids();
  for (const [n, id] of ids.entries()) {
    await eventLoopTurn();
    const fault = faultOfEntry(entries, id);
    if (fault !== undefined) damaged.push({ id, fault });
    onEntry?.(n + 1);
  }
  return { checked: ids.length, damaged };
}

function faultOfEntry(entries: Entries, id: string): string | undefined {
  const bytes = entries.read(id);
  const decoded = bytes && decodeItem(bytes, (n, use) => entries.useChunk(id, n, use));
  if (!decoded?.ok) return decoded?.fault;
  try {
    readSamples(decoded.item.value);
    return undefined;
  } catch (error) {
    if (isOfLostSamples(error)) return messageOf(error);
    throw error;
  }
}

interface ReadTables {
  readonly tables: Tables;
  readonly compression: boolean;
  close(): Promise<void>;
}

async function openToRead(path: string): Promise<ReadTables> {
  await checkDataFile(path);
  const beside = await openBeside(path);
  // Processes that use the store see each other through its lock file: where none can be written to, none uses it.
  if (!(await hasWritableLock(path))) return beside;
  await beside.close();
  return whileNobodyCommits(path, () => openReadOnly(path, path));
}

/** lmdb makes a lock file next to the data, so the data is opened through a link in another directory. */
async function openBeside(path: string): Promise<ReadTables> {
  const dir = await mkdtemp(join(tmpdir(), "voxrx-read-"));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    await symlink(join(await realpath(path), "data.mdb"), join(dir, "data.mdb"));
    const read = await openReadOnly(dir, path);
    return { ...read, close: () => read.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function openReadOnly(place: string, path: string): Promise<ReadTables> {
  const { open } = await lmdb();
  const root: Tables["root"] = open({ path: place, noSubdir: false, maxDbs: 8, encoding: "binary", readOnly: true });
  const close = () => closeRoot(root, false);
  try {
    // lmdb returns nothing for a table that is not there, whatever its types say.
    const table = (name: string, compression = false): Table | undefined =>
      root.openDB({ name: `voxrx.${name}`, encoding: "binary", compression });
    const facts = table("facts");
    const format = facts && readJson(facts, "format", formatSchema);
    if (!facts || !format) throw noStore(path);
    const { compression } = format;
    const [index, recent, leases] = [table("index"), table("recent"), table("leases")];
    const [entries, chunks] = [table("entries", compression), table("chunks", compression)];
    if (!index || !recent || !leases || !entries || !chunks) throw noStore(path);
    const gate = new CommitGate(path);
    return { tables: { root, entries, chunks, index, recent, leases, facts, gate }, compression, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function hasWritableLock(path: string): Promise<boolean> {
  const readWrite = constants.R_OK | constants.W_OK;
  return Promise.all([access(path, readWrite), access(join(path, "lock.mdb"), readWrite)]).then(
    () => true,
    () => false,
  );
}

function noStore(path: string): StoreError {
  return new StoreError("VOXRX_STORE_UNUSABLE", "the directory holds no store of VoxRx, or one of another version", {
    file: path,
    remedy: "Give the directory that was passed to lmdbStore.",
  });
}
