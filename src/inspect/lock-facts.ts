/** What a dataset tells for a lock of a training: no item, no id and no value of a field is among it. */
import { createHash } from "node:crypto";
import { isAbsolute, resolve } from "node:path";
import { type PlanPart, partsOf } from "../checkpoint/plan-parts.ts";
import { decodersInUse } from "../files/decoders-in-use.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import { isUrl } from "../http/read-source.ts";
import { isRecord } from "../item/record.ts";
import { Only } from "../plan/inspection.ts";
import type { Run, Stage } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";
import { type DigestListeners, digestItems } from "./digest-items.ts";
import { eachEntry } from "./each-entry.ts";
import { beforeGathering } from "./find-item.ts";
import { seedsOf } from "./plan-facts.ts";

/** The facts of a dataset for a lock. A symbol of all copies of this package: the dataset may come from another one. */
export const lockFacts = Symbol.for("voxrx.lockFacts");

/** Options of `[lockFacts]`. */
export interface LockFactsOptions {
  /** Number of epochs to run, from epoch 0. */
  readonly epochs: number;
  /** Whether the items are hashed too. */
  readonly digest: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called after each item with the number of items so far, of all epochs. */
  readonly onItem?: ((items: number) => void) | undefined;
}

/** What a dataset is made from and gives. Plain data. */
export interface LockFacts {
  /** Number of items of epoch 0; before the first batch, where the plan has an index there. */
  readonly items: number;
  /** SHA-256 of the list of their ids, in order, and sorted: it tells another order from other items. */
  readonly ids: string;
  readonly sortedIds: string;
  /** Operators and sources with their digests. What a source lists is not among them: it may hold machine paths. */
  readonly plan: readonly PlanPart[];
  readonly seeds: readonly Seed[];
  readonly epochs: readonly LockedEpoch[];
  /** All files that the items of these epochs depend on, each once, with absolute paths. */
  readonly files: readonly FileIdentity[];
  /** Libraries that decoded something so far, with their versions. */
  readonly decoders: Readonly<Record<string, string>>;
  /** Fields that hold absolute paths, and `id` if ids do: they differ in another directory. */
  readonly absolute: readonly string[];
}

/** One epoch of a dataset. */
interface LockedEpoch {
  readonly epoch: number;
  readonly items: number;
  readonly digest?: string;
}

/** Runs some epochs of a dataset, once each, for its facts. */
export async function lockFactsOf(
  stage: Stage<unknown>,
  runOf: (epoch: number) => Run,
  options: LockFactsOptions,
): Promise<LockFacts> {
  const files = new Map<string, FileIdentity>();
  const absolute = new Set<string>();
  const ids: string[] = [];
  const epochs: LockedEpoch[] = [];
  let count = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const onFile = (file: FileIdentity) => {
      const absolutePath = isUrl(file.path) ? file.path : resolve(file.path);
      files.set(absolutePath, { ...file, path: absolutePath });
    };
    const onItem = (id: string, item: unknown) => {
      if (epoch === 0) ids.push(id);
      noteAbsolute(id, item, absolute);
      options.onItem?.(++count);
    };
    epochs.push(await runEpoch(stage, runOf(epoch), options.digest, { onFile, onItem }));
  }
  const run = runOf(0);
  const itemIds = (await idsBeforeGathering(stage, run)) ?? ids;
  return {
    items: itemIds.length,
    ids: listDigest(itemIds),
    sortedIds: listDigest([...itemIds].sort()),
    plan: partsOf(stage).map(([name, digest]) => [name, digest]),
    seeds: seedsOf(stage, run),
    epochs,
    files: [...files.values()],
    decoders: decodersInUse(),
    absolute: [...absolute].sort(),
  };
}

async function runEpoch(
  stage: Stage<unknown>,
  run: Run,
  hasDigest: boolean,
  { onFile, onItem }: DigestListeners,
): Promise<LockedEpoch> {
  const { epoch } = run;
  if (hasDigest) {
    const { items, digest } = await digestItems(stage, run, { onFile, ...(onItem ? { onItem } : {}) });
    return { epoch, items, digest };
  }
  let items = 0;
  await eachEntry(stage, { ...run, inspection: { isSilent: true, onFile } }, ({ id, value }) => {
    items++;
    onItem?.(id, value);
    return false;
  });
  return { epoch, items };
}

/** The ids of the items that batches are made from, where they can be listed without work; undefined elsewhere. */
async function idsBeforeGathering(stage: Stage<unknown>, run: Run): Promise<string[] | undefined> {
  const before = beforeGathering(stage);
  if (before === stage || !before.index) return undefined;
  const ids: string[] = [];
  await eachEntry(before, { ...run, inspection: { isSilent: true, only: Only.nothing } }, ({ id }) => {
    ids.push(id);
    return false;
  });
  return ids;
}

function listDigest(ids: readonly string[]): string {
  const hash = createHash("sha256");
  for (const id of ids) hash.update(`${JSON.stringify(id)}\n`);
  return `sha256:${hash.digest("hex")}`;
}

/** Notes the names of fields with absolute paths, also in the columns of a batch. */
function noteAbsolute(id: string, item: unknown, names: Set<string>): void {
  if (isAbsolute(id)) names.add("id");
  if (typeof item === "string" && isAbsolute(item)) names.add("the item itself");
  if (!isRecord(item)) return;
  for (const [name, value] of Object.entries(item))
    if ((Array.isArray(value) ? value : [value]).some((one) => typeof one === "string" && isAbsolute(one)))
      names.add(name);
}
