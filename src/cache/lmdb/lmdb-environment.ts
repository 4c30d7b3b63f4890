/**
 * LMDB, behind one door: this module alone imports the library, and none of its memory leaves it. On Node 20 a large value that
 * lmdb hands out may be a view of its read-only map: writing to it, or reading it after a close, ends the process.
 */
import { constants } from "node:fs";
import { access, mkdir, open as openFile, realpath, stat, statfs } from "node:fs/promises";
import { constants as systemCodes } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Database, Key, RootDatabase } from "lmdb";
import { z } from "zod";
import { StoreError } from "../../errors.ts";

/** What a folder must be opened with alike by all who share it. */
export interface EnvironmentOptions {
  readonly maxBytes: number;
  readonly compression: boolean;
  readonly dtype: string;
}

/** One table of bytes. */
export type Table = Database<Uint8Array, Key>;

/** The tables of a store. Their names keep them apart from anything else that lives in the same folder. */
export interface Tables {
  readonly root: RootDatabase<Uint8Array, Key>;
  /** Key to the bytes of the item. */
  readonly entries: Table;
  /** Key to what is known of the entry without reading it. */
  readonly index: Table;
  /** `[last use, key]` to nothing: the entries in the order of use. */
  readonly recent: Table;
  /** Key to who computes it now. */
  readonly leases: Table;
  /** Format and totals. */
  readonly facts: Table;
}

/** Opens the tables in a folder, which is made if it is not there. */
export async function openTables(path: string, options: EnvironmentOptions): Promise<Tables> {
  let root: Tables["root"];
  try {
    await access(path, constants.W_OK | constants.R_OK | constants.X_OK);
    await checkIsLmdb(join(path, "data.mdb"));
    const { open } = await import("lmdb");
    // Without noSubdir lmdb takes a folder with a dot in its name for a file. With eventTurnBatching it makes a promise of its own
    // for each batch, which nobody can catch: a full disk would end the process by an unhandled rejection.
    root = open({ path, noSubdir: false, maxDbs: 8, encoding: "binary", eventTurnBatching: false });
  } catch (error) {
    throw unusable(path, error);
  }
  try {
    await checkIsWhole(root, path);
    // Slots of killed readers would keep the pages that they looked at from being used again.
    root.readerCheck();
    const facts: Table = root.openDB({ name: "voxrx.facts", encoding: "binary" });
    await agreeOnFormat(facts, path, options.compression);
    const table = (name: string, compression = false): Table =>
      root.openDB({ name: `voxrx.${name}`, encoding: "binary", compression });
    const [index, recent, leases] = [table("index"), table("recent"), table("leases")];
    return { root, entries: table("entries", options.compression), index, recent, leases, facts };
  } catch (error) {
    await root.close();
    throw error instanceof StoreError ? error : unusable(path, error);
  }
}

/** Two pages of the smallest size: no environment that was ever opened is shorter. */
const shortestFile = 8192;
/** LMDB's magic number, in either byte order, which lies in the first of these bytes. */
const lmdbMagic = ["dec0efbe", "beefc0de"];
const magicWithin = 64;

/** Refuses what is no LMDB file: lmdb ends the process when it opens one that is too short or begins otherwise. */
async function checkIsLmdb(path: string): Promise<void> {
  const file = await openFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return;
  try {
    const { size } = await file.stat();
    if (size === 0) return;
    const start = Buffer.alloc(magicWithin);
    await file.read(start, 0, magicWithin, 0);
    const isLmdb = lmdbMagic.some((magic) => start.includes(Buffer.from(magic, "hex")));
    if (size < shortestFile || !isLmdb) throw new Error("data.mdb in it is no LMDB file, or only the beginning of one");
  } finally {
    await file.close();
  }
}

const lengthSchema = z.object({ pageSize: z.number(), lastPageNumber: z.number() });

/** Refuses a file that ends before its last page, such as one copied in part: to look at what is missing ends the process. */
async function checkIsWhole(root: Tables["root"], path: string): Promise<void> {
  // In this order: another process may be writing, by which a file only grows.
  const stats = lengthSchema.safeParse(root.getStats());
  const { size } = await stat(join(path, "data.mdb"));
  if (!stats.success || size >= (stats.data.lastPageNumber + 1) * stats.data.pageSize) return;
  throw new StoreError("VOXRX_STORE_UNUSABLE", "the store cannot be used: data.mdb in it was cut short", {
    file: path,
    remedy: "Delete data.mdb and lock.mdb in this folder while nobody uses it; what they held is computed again.",
  });
}

/** The folder's one true path; makes the folder if it is not there. */
export async function makeFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

/** A value's bytes in fresh memory of their own, at the start of their buffer; undefined if there is none. */
export function readCopy(table: Table, key: Key): Uint8Array<ArrayBuffer> | undefined {
  const seen = table.getBinaryFast(key);
  if (!seen) return undefined;
  // lmdb sets the length of its reused buffer by hand: its byteLength is that of the whole.
  const { length } = seen;
  const copy = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  copy.set(seen.subarray(0, length));
  return copy;
}

/** A small value that is JSON of an expected shape; undefined if it is absent or anything else. */
export function readJson<S extends z.ZodType>(table: Table, key: Key, schema: S): z.output<S> | undefined {
  const bytes = readCopy(table, key);
  if (!bytes) return undefined;
  try {
    return schema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}

/** JSON as a value. */
export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The error to raise for one that lmdb raised while writing. */
export async function writeFailure(path: string, caught: unknown): Promise<StoreError> {
  if (caught instanceof StoreError) return caught;
  const cause = await commitErrorOf(caught);
  const code = cause instanceof Error && "code" in cause ? Number(cause.code) : Number.NaN;
  // LMDB reports a write that was cut short, which is what a full disk does to a large one, as EIO.
  const free = code === systemCodes.errno.EIO ? await freeBytes(path) : Number.POSITIVE_INFINITY;
  if (fullCodes.includes(code) || free < roomForACommit) {
    return new StoreError("VOXRX_STORE_FULL", "no space is left for an entry", {
      file: path,
      cause,
      remedy: "Free some space on the disk, or close the store and make one with a lower maxBytes on another disk.",
    });
  }
  return unusable(path, cause);
}

/** The last one is MDB_MAP_FULL. */
const fullCodes: readonly number[] = [systemCodes.errno.ENOSPC, systemCodes.errno.EDQUOT, -30792];
const reasonWithinMs = 1_000;
/** A disk with less room than this is full, as far as entries of images go. */
const roomForACommit = 64 * 2 ** 20;

/** lmdb puts the reason of a failed commit into a promise at the error, which must be caught in any case. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && "commitError" in error)) return error;
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  );
  // Nothing in lmdb promises that the reason ever comes.
  return Promise.race([reason, wait(reasonWithinMs, error, { ref: false })]);
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The error to raise where the folder, or what lies in it, cannot be used. */
export function unusable(path: string, cause: unknown): StoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError("VOXRX_STORE_UNUSABLE", `the store cannot be used: ${why}`, {
    file: path,
    cause,
    remedy: "Give a folder that this user may write to, on a local disk, that holds a store of VoxRx or nothing.",
  });
}

const formatSchema = z.object({ version: z.literal(1), compression: z.boolean() });

async function agreeOnFormat(facts: Table, path: string, compression: boolean): Promise<void> {
  if (!facts.doesExist("format")) {
    const mine = jsonBytes({ version: 1, compression });
    await facts.ifNoExists("format", () => void facts.put("format", mine));
  }
  const format = readJson(facts, "format", formatSchema);
  if (!format) {
    throw new StoreError("VOXRX_STORE_UNUSABLE", "the folder holds a store of another version", {
      file: path,
      remedy: "Give another folder, or delete this one if nothing else needs it.",
    });
  }
  if (format.compression === compression) return;
  throw new StoreError("VOXRX_STORE_CONFLICT", `the store was made with compression: ${format.compression}`, {
    file: path,
    remedy: `Open it with compression: ${format.compression}, or give another folder.`,
  });
}
