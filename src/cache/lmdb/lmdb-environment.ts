/**
 * The only module that imports lmdb, and none of lmdb's memory leaves it. On Node 20 a large value that lmdb returns
 * may be a view of its read-only map: writing to it, or reading it after a close, ends the process.
 */
import { constants } from "node:fs";
import { access, realpath, stat, statfs } from "node:fs/promises";
import { constants as systemCodes } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Database, Key, RootDatabase } from "lmdb";
import * as v from "valibot";
import { messageOf, StoreError } from "../../errors.ts";
import { checkPlatform } from "../../files/check-platform.ts";
import { loadedOnUse } from "../../files/load-module.ts";
import { makeDirectory } from "../../files/make-directory.ts";
import { processLimit } from "../../files/process-limit.ts";
import { refuseOnWorkerThread } from "../../main-thread-only.ts";
import { allocateUnfilled } from "../../samples.ts";
import { checkLmdbFiles } from "./check-lmdb-files.ts";
import { CommitGate, whileNobodyCommits } from "./commit-gate.ts";

/** The library, loaded on first use. */
export const lmdb = loadedOnUse(async () => {
  refuseOnWorkerThread("lmdb");
  return import("lmdb");
});

/** Options that must be the same for all users of a directory. */
export interface EnvironmentOptions {
  readonly maxBytes: number;
  readonly compression: boolean;
  readonly dtype: string;
}

/** One table of bytes. */
export type Table = Database<Uint8Array, Key>;

/** The tables of a store. Their names separate them from anything else in the same directory. */
export interface Tables {
  readonly root: RootDatabase<Uint8Array, Key>;
  /** Id to the bytes of the item. */
  readonly entries: Table;
  /** `[id, number]` to the bytes of a chunk of the item. */
  readonly chunks: Table;
  /** Id to what is known about the entry without reading it. */
  readonly index: Table;
  /** `[last use, id]` to nothing: the entries in the order of use. */
  readonly recent: Table;
  /** Id to the process that computes the entry now. */
  readonly leases: Table;
  /** Format and totals. */
  readonly facts: Table;
  /** Through which all changes go: see {@link commit}. */
  readonly gate: CommitGate;
}

/** Opens the tables in an existing directory. */
export async function openTables(path: string, options: EnvironmentOptions): Promise<Tables> {
  checkPlatform();
  try {
    await access(path, constants.W_OK | constants.R_OK | constants.X_OK);
    return await whileNobodyCommits(path, () => openAlone(path, options));
  } catch (error) {
    throw error instanceof StoreError ? error : unusable(path, error);
  }
}

async function openAlone(path: string, options: EnvironmentOptions): Promise<Tables> {
  let root: Tables["root"];
  try {
    await checkLmdbFiles(path);
    const { open } = await lmdb();
    // Without noSubdir lmdb treats a directory with a dot in its name as a file. With eventTurnBatching it makes a
    // promise for each batch that nobody can catch: on a full disk an unhandled rejection would end the process.
    root = open({ path, noSubdir: false, maxDbs: 8, encoding: "binary", eventTurnBatching: false });
  } catch (error) {
    throw error instanceof StoreError ? error : unusable(path, error);
  }
  try {
    // Slots of killed readers would prevent the pages that they read from being reused.
    root.readerCheck();
    const facts: Table = root.openDB({ name: "voxrx.facts", encoding: "binary" });
    await agreeOnFormat(facts, path, options.compression);
    const table = (name: string, compression = false): Table =>
      root.openDB({ name: `voxrx.${name}`, encoding: "binary", compression });
    const [index, recent, leases] = [table("index"), table("recent"), table("leases")];
    const [entries, chunks] = [table("entries", options.compression), table("chunks", options.compression)];
    return { root, entries, chunks, index, recent, leases, facts, gate: new CommitGate(path) };
  } catch (error) {
    const fault = await writeFailure(path, error);
    await closeRoot(root, true);
    throw fault;
  }
}

/** Closes an environment. lmdb waits forever for a commit that has failed: then not longer than a moment. */
export async function closeRoot(root: Tables["root"], hasFailed: boolean): Promise<void> {
  const closed = root.close();
  await (hasFailed ? Promise.race([closed.catch(() => undefined), wait(closeAfterFailureMs)]) : closed);
}

/**
 * Runs a write. lmdb puts the reason of a failed commit into a promise of the error, which ends the process if nobody
 * catches it.
 */
async function committed<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof Error && "commitError" in error) Promise.resolve(error.commitError).catch(() => undefined);
    throw error;
  }
}

/** Runs a change as one transaction, and waits until it is committed. */
export function commit<T>({ root, gate }: Pick<Tables, "root" | "gate">, change: () => T): Promise<T> {
  return gate.run(() => committed(root.transaction(change)));
}

/** Device and inode of data.mdb; undefined if it is not there. */
export async function dataInode(path: string): Promise<string | undefined> {
  const stats = await stat(join(path, "data.mdb"), { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

/** The real path of a directory, which is made if it does not exist. */
export async function directoryOf(path: string): Promise<string> {
  try {
    await makeDirectory(path);
    return await realpath(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

/** The bytes of a value in new memory, at the start of their own buffer; undefined if there is no value. */
export function readCopy(table: Table, id: Key): Uint8Array<ArrayBuffer> | undefined {
  return useValue(table, id, (seen) => {
    const copy = allocateUnfilled(seen.length);
    copy.set(seen);
    return copy;
  });
}

/**
 * Calls `use` with the bytes of a value and returns its result; undefined if there is no value. They are lmdb's own, only
 * to be read, and only during the call.
 */
export function useValue<T>(table: Table, id: Key, use: (bytes: Uint8Array) => T): T | undefined {
  const seen = table.getBinaryFast(id);
  // lmdb reuses its buffer and sets only its length: its byteLength is that of the whole buffer.
  return seen && use(new Uint8Array(seen.buffer, seen.byteOffset, seen.length));
}

/** A small value that is JSON with an expected schema; undefined if it is absent or anything else. */
export function readJson<S extends v.GenericSchema>(table: Table, id: Key, schema: S): v.InferOutput<S> | undefined {
  const bytes = readCopy(table, id);
  if (!bytes) return undefined;
  try {
    const read = v.safeParse(schema, JSON.parse(Buffer.from(bytes).toString()));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

/** JSON as a value. */
export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The error to throw for one that lmdb threw while writing. */
export async function writeFailure(path: string, caught: unknown): Promise<StoreError> {
  if (caught instanceof StoreError) return caught;
  const cause = await commitErrorOf(caught);
  const code = cause instanceof Error && "code" in cause ? Number(cause.code) : Number.NaN;
  // LMDB reports an incomplete write as EIO, and a full disk causes that for large writes.
  const free = code === systemCodes.errno.EIO ? await freeBytes(path) : Number.POSITIVE_INFINITY;
  const isLimited =
    code === systemCodes.errno.EFBIG || (code === systemCodes.errno.EIO && processLimit("Max file size") !== undefined);
  if (isLimited) {
    return new StoreError("VOXRX_STORE_FULL", "the store's file would be larger than this process may write", {
      file: path,
      cause,
      remedy: "Raise the limit (ulimit -f), or make a store with a lower maxBytes.",
    });
  }
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
const fullCodes: readonly number[] = [
  systemCodes.errno.ENOSPC,
  systemCodes.errno.EDQUOT,
  systemCodes.errno.EFBIG,
  -30792,
];
const reasonWithinMs = 1_000;
const closeAfterFailureMs = 1_000;
/** A disk with less free space than this counts as full, since entries are images. */
const roomForACommit = 64 * 2 ** 20;

/** lmdb puts the reason of a failed commit into a promise on the error, which must be caught in any case. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && "commitError" in error)) return error;
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  );
  // lmdb does not guarantee that the promise ever settles.
  return Promise.race([reason, wait(reasonWithinMs, error, { ref: false })]);
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The error to throw if the directory, or what is in it, can't be used. */
export function unusable(path: string, cause: unknown): StoreError {
  const why = messageOf(cause);
  return new StoreError("VOXRX_STORE_UNUSABLE", `the store can't be used: ${why}`, {
    file: path,
    cause,
    remedy: "Use a directory on a local disk that this user can write to, and that is empty or holds a VoxRx store.",
  });
}

/** What a store says of itself. */
export const formatSchema = v.object({ version: v.literal(1), compression: v.boolean() });

async function agreeOnFormat(facts: Table, path: string, compression: boolean): Promise<void> {
  if (!facts.doesExist("format")) {
    const mine = jsonBytes({ version: 1, compression });
    await committed(facts.ifNoExists("format", () => void facts.put("format", mine)));
  }
  const format = readJson(facts, "format", formatSchema);
  if (!format) {
    throw new StoreError("VOXRX_STORE_UNUSABLE", "the directory holds a store of another version", {
      file: path,
      remedy: "Use another directory, or delete this one if nothing else needs it.",
    });
  }
  if (format.compression === compression) return;
  throw new StoreError("VOXRX_STORE_CONFLICT", `the store was made with compression: ${format.compression}`, {
    file: path,
    remedy: `Open it with compression: ${format.compression}, or use another directory.`,
  });
}
