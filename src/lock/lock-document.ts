/** The file of a lock: its form, and how it is read and written. */
import * as v from "valibot";

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));
const digestSchema = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 digits"));

const epochSchema = v.object({
  epoch: countSchema,
  items: countSchema,
  digest: v.exactOptional(digestSchema),
});

const datasetSchema = v.object({
  items: countSchema,
  ids: digestSchema,
  sortedIds: digestSchema,
  seeds: v.array(v.union([v.number(), v.string()])),
  plan: v.array(v.strictTuple([v.string(), v.string()])),
  planFingerprint: digestSchema,
  epochs: v.array(epochSchema),
});

const fileSchema = v.object({
  /** Relative to the directory of the lock, with `/`; a directory ends with one. Or a URL, or a hash of one of these. */
  path: v.string(),
  /** Whether it is a directory; only if the path, which would end with `/`, is hashed. */
  directory: v.exactOptional(v.literal(true)),
  /** Bytes. Of a directory: number of names in it. Left out: the server does not say it. */
  size: v.exactOptional(countSchema),
  sha256: v.exactOptional(v.string()),
  /** Of a URL. */
  etag: v.exactOptional(v.string()),
  lastModified: v.exactOptional(v.string()),
  /** Names of the datasets whose items depend on it. */
  datasets: v.array(v.string()),
});

const machineSchema = v.object({
  voxrx: v.string(),
  node: v.string(),
  arch: v.string(),
  platform: v.string(),
  decoders: v.record(v.string(), v.string()),
});

/** What two datasets have in common. */
const commonSchema = v.object({
  datasets: v.strictTuple([v.string(), v.string()]),
  /** Number of files that both depend on. */
  files: countSchema,
  /** Number of contents that are in different files of both. Left out by earlier versions, which did not look. */
  copies: v.exactOptional(countSchema),
});

const lockSchema = v.object({
  voxrxLock: v.literal(1),
  machine: machineSchema,
  /** Whether paths and URLs are hashed. */
  hashedPaths: v.boolean(),
  /** The export that was chosen. Left out: all exports that are datasets. */
  export: v.exactOptional(v.string()),
  datasets: v.record(v.string(), datasetSchema),
  common: v.array(commonSchema),
  files: v.array(fileSchema),
});

/** A lock of a training. */
export type Lock = v.InferOutput<typeof lockSchema>;
/** A dataset in a lock. */
export type LockedDataset = v.InferOutput<typeof datasetSchema>;
/** A file in a lock. */
export type LockedFile = v.InferOutput<typeof fileSchema>;
/** What the digests of a lock were made with. */
export type LockedMachine = v.InferOutput<typeof machineSchema>;

/** Thrown for what is not a lock. */
export class NotALock extends Error {}

/** A lock as it was read from a file. @throws NotALock */
export function readLock(content: unknown): Lock {
  const checked = v.safeParse(lockSchema, content);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const where = v.getDotPath(issue);
  throw new NotALock(where === null ? issue.message : `${where}: ${issue.message}`);
}

/** The part of a lock that is of one dataset. */
export function lockOfDataset(lock: Lock, name: string): Lock {
  return {
    ...lock,
    datasets: Object.fromEntries(Object.entries(lock.datasets).filter(([each]) => each === name)),
    common: [],
    files: lock.files.flatMap((file) => (file.datasets.includes(name) ? [{ ...file, datasets: [name] }] : [])),
  };
}

/** The text of the file: the same for equal locks, and a line for each file, so that versions can be compared. */
export function lockText(lock: Lock): string {
  return `${linesOf(lock, 2)}\n`;
}

/** JSON with the parts down to a depth on lines of their own. */
function linesOf(value: unknown, depth: number, indent = ""): string {
  if (typeof value !== "object" || value === null || depth < 0) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((part) => linesOf(part, depth - 2, inner))
    : Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${linesOf(part, depth - 1, inner)}`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  return parts.length === 0 ? open + close : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}
