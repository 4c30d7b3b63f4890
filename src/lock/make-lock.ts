/** Makes a lock from the facts of datasets. */
import { createHash } from "node:crypto";
import type { LockFacts } from "../inspect/lock-facts.ts";
import { compareNames } from "../name-order.ts";
import type { FileHasher } from "./hash-files.ts";
import type { Lock, LockedDataset, LockedMachine } from "./lock-document.ts";
import { type LockPlace, lockedFiles } from "./locked-files.ts";
import { commonFiles } from "./split-overlap.ts";

/** What a lock is made from besides the datasets. */
export interface LockSettings extends LockPlace {
  /** Version of this package. */
  readonly voxrx: string;
  /** The export that was chosen. */
  readonly export?: string | undefined;
}

/**
 * The lock of some datasets, by name. The same for the same files, plans and items, wherever they are.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export async function makeLock(
  facts: ReadonlyMap<string, LockFacts>,
  hasher: FileHasher,
  settings: LockSettings,
): Promise<Lock> {
  const sorted = [...facts].sort(([a], [b]) => compareNames(a, b));
  const files = await lockedFiles(new Map(sorted.map(([name, each]) => [name, each.files])), hasher, settings);
  return {
    voxrxLock: 1,
    machine: machineOf(sorted, settings.voxrx),
    hashedPaths: settings.hashPaths,
    ...(settings.export === undefined ? {} : { export: settings.export }),
    datasets: Object.fromEntries(sorted.map(([name, each]) => [name, datasetOf(each)])),
    common: commonFiles(
      sorted.map(([name]) => name),
      files,
    ),
    files,
  };
}

function datasetOf({ items, ids, sortedIds, seeds, plan, epochs }: LockFacts): LockedDataset {
  const planFingerprint = `sha256:${createHash("sha256").update(JSON.stringify(plan)).digest("hex")}`;
  return {
    items,
    ids,
    sortedIds,
    seeds: [...seeds],
    plan: plan.map(([name, digest]) => [name, digest]),
    planFingerprint,
    epochs: [...epochs],
  };
}

function machineOf(facts: readonly (readonly [string, LockFacts])[], voxrx: string): LockedMachine {
  const { version: node, arch, platform } = process;
  const decoders = facts.flatMap(([, { decoders: used }]) => Object.entries(used));
  return {
    voxrx,
    node,
    arch,
    platform,
    decoders: Object.fromEntries(decoders.sort(([a], [b]) => compareNames(a, b))),
  };
}
