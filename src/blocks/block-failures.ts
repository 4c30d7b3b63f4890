/** Blocks that failed, with the reason: which items, and how often it was tried. */
import { readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { isVoxRxError, messageOf } from "../errors.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { writeAtomically } from "../files/write-atomically.ts";
import { isUrl } from "../http/read-source.ts";
import { integerSchema } from "../options.ts";
import { namesIn, type OutputLayout } from "./output-layout.ts";

/** Files of an item that are looked at, at most: a series of DICOM files may have thousands. */
const mostFiles = 64;

const fromZero = v.pipe(integerSchema, v.minValue(0));
/** See {@link BlockFault}. */
export const faultSchema = v.object({
  item: v.optional(v.string()),
  code: v.optional(v.string()),
  message: v.string(),
  file: v.optional(v.string()),
  /** Size and time of that file, as it was then. */
  look: v.optional(v.string()),
  /** The other files that the item was made from: that of a header may be what was wrong. */
  others: v.optional(v.array(v.object({ file: v.string(), look: v.string() }))),
});
const failureSchema = v.object({
  block: fromZero,
  shard: v.string(),
  /** How often it failed. */
  attempts: fromZero,
  /** How often a process ended while it computed the block. */
  deaths: fromZero,
  /** Whether it is not tried any more, until somebody says so. */
  setAside: v.boolean(),
  faults: v.array(faultSchema),
});

/** One thing that went wrong in a block. */
export type BlockFault = v.InferOutput<typeof faultSchema>;
/** What is known of a block that failed. */
export type BlockFailure = v.InferOutput<typeof failureSchema>;

/** An error as it is kept. @param files those that its item was made from, as far as it came */
export async function faultOf(error: unknown, files: Iterable<string> = []): Promise<BlockFault> {
  if (!isVoxRxError(error)) return { message: messageOf(error) };
  const { item, code, message, file } = error;
  const look = file === undefined ? undefined : await lookOf(file);
  // A URL has no look, and may hold a password.
  const further = [...new Set(files)].filter((other) => other !== file && !isUrl(other)).slice(0, mostFiles);
  const looks = await Promise.all(further.map(async (other) => ({ file: other, look: await lookOf(other) })));
  const others = looks.length > 0 ? looks : undefined;
  return { message, code, ...defined({ item, file, look, others }) };
}

/**
 * The failure of a block that is recorded; undefined if there is none, or a file of an item at fault has changed since. A
 * file that is not there any more has not: maybe this machine does not see it.
 */
export async function readFailure(layout: OutputLayout, shard: string): Promise<BlockFailure | undefined> {
  const text = await readFile(layout.failure(shard), "utf8").catch(() => undefined);
  const failure = text === undefined ? undefined : failureIn(text);
  if (!failure) return undefined;
  for (const { file, look, others = [] } of failure.faults) {
    if (file !== undefined && look !== undefined && (await hasChanged(file, look))) return undefined;
    for (const other of others) if (await hasChanged(other.file, other.look)) return undefined;
  }
  return failure;
}

/** All recorded failures, by shard. */
export async function readFailures(layout: OutputLayout): Promise<ReadonlyMap<string, BlockFailure>> {
  const names = (await namesIn(layout.failures)).filter((name) => name.endsWith(".json")).sort();
  const failures = new Map<string, BlockFailure>();
  for (const name of names) {
    const failure = await readFailure(layout, name.replace(/\.json$/, ".tar"));
    if (failure) failures.set(failure.shard, failure);
  }
  return failures;
}

export async function writeFailure(layout: OutputLayout, failure: BlockFailure): Promise<void> {
  const path = layout.failure(failure.shard);
  await makeDirectory(dirname(path));
  await writeAtomically(path, JSON.stringify(failure), { sync: false });
}

/** Forgets a failure, if there is one. */
export async function removeFailure(layout: OutputLayout, shard: string): Promise<void> {
  await rm(layout.failure(shard), { force: true });
}

function failureIn(text: string): BlockFailure | undefined {
  try {
    const read = v.safeParse(failureSchema, JSON.parse(text));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

async function hasChanged(file: string, look: string): Promise<boolean> {
  const now = await lookOf(file);
  return now !== look && now !== missing;
}

/** The look of a file that is not there, or of a URL. */
const missing = "missing";

/** Size and time of a file, which copies of it on other machines have too. One that is missing may come. */
async function lookOf(file: string): Promise<string> {
  try {
    const { size, mtimeNs } = await stat(file, { bigint: true });
    return `${size} ${mtimeNs}`;
  } catch {
    return missing;
  }
}

function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> };
function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
