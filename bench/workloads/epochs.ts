/** Epochs of a training on T1 images: batches of random patches, uncached, and from caches. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import type { Dataset, Operator, Store } from "voxrx";
import type { Bench, Subject, Workload } from "../measure/workload.ts";
import { monaiSteps } from "../peer/monai-names.ts";
import type { PeerWork } from "../peer/peer-work.ts";
import { fasterThanPeer } from "../report/target.ts";
import { pipeline } from "./pipelines.ts";
import { t1Augmentation, t1Preparation } from "./roads.ts";

const group = "Epochs";
const batchSize = 2;

/** Side of the patches of a run. */
const sideOf = (short: boolean) => (short ? 48 : 96);

/** The training, with something between what is deterministic and what is random, and more options of its batches. */
export function training(
  { build, scans, short }: Bench,
  cache: readonly Operator<unknown, unknown>[],
  options: Readonly<Record<string, unknown>> = {},
  items: readonly unknown[] = scans.t1.map((image) => ({ image })),
): Dataset<unknown> {
  const batch = { operator: "batch", options: { size: batchSize, ...options } };
  return pipeline(build, items, [...t1Preparation, ...cache, ...t1Augmentation(sideOf(short)), batch]);
}

/** Runs an epoch, for a consumer that holds the last four batches. */
export async function epochOf(dataset: AsyncIterable<unknown>): Promise<void> {
  const held: unknown[] = [];
  for await (const batch of dataset) {
    held.push(batch);
    if (held.length > 4) held.shift();
  }
}

/** Epochs from a store that holds all that can be cached: the first one, which fills it, is done. */
export async function warmEpochs(bench: Bench, store: Store) {
  const cache: unknown = bench.build.ops.cacheUntilRandom({ store });
  if (!isOperator(cache)) throw new Error("cacheUntilRandom is no operator");
  const dataset = training(bench, [cache]);
  await epochOf(dataset);
  return { epoch: () => epochOf(dataset), close: () => store.close() };
}

function isOperator(value: unknown): value is Operator<unknown, unknown> {
  return typeof value === "function";
}

/** Copies as many samples as the batches of an epoch have. */
function copyPatches({ scans, short }: Bench): () => unknown {
  const batch = new Float32Array(batchSize * sideOf(short) ** 3).fill(1);
  return () => {
    const held: unknown[] = [];
    for (let copied = 0; copied < scans.t1.length; copied += batchSize) {
      held.push(batch.slice());
      if (held.length > 4) held.shift();
    }
  };
}

/** Reads the samples of all cached images from a database of LMDB, without anything else. */
async function readRawEntries(bench: Bench): Promise<() => unknown> {
  const bytes = bench.short ? 80 * 80 * 60 * 4 : 160 * 160 * 120 * 4;
  const path = join(bench.dir, `raw-${bytes}`);
  mkdirSync(path, { recursive: true });
  const database = open<Buffer, number>({ path, encoding: "binary" });
  for (let n = 0; n < bench.scans.t1.length; n++) await database.put(n, Buffer.alloc(bytes, n + 1));
  return () => Array.from(bench.scans.t1, (_, n) => database.getBinary(n)).length;
}

const bytesOfCache = "4GiB";
let stores = 0;
const newDir = ({ dir }: Bench) => join(dir, `cache-${stores++}`);

export type MakeStore = (bench: Bench) => Store;

/** A warm epoch from one kind of store, beside a dataset of MONAI that keeps the same. */
function warm(
  name: string,
  dataset: string,
  make: MakeStore,
  limit: { readonly text: string; readonly make: (bench: Bench) => Promise<() => unknown> | (() => unknown) },
  bound: number,
): Workload {
  return {
    name: `warm epoch from ${name}`,
    group,
    async prepare(bench): Promise<Subject> {
      const { epoch, close } = await warmEpochs(bench, make(bench));
      return { run: epoch, limit: await limit.make(bench), close };
    },
    limit: limit.text,
    peer: ({ t1 }) => epochOfPeer(`MONAI ${dataset}`, dataset, t1),
    targets: [fasterThanPeer(2)],
    bound,
  };
}

/** The training as a dataset of MONAI does it. */
export function epochOfPeer(
  by: string,
  dataset: string,
  t1: readonly string[],
  more: { readonly workers?: number; readonly first?: boolean } = {},
): PeerWork {
  return {
    ...{ by, kind: "epoch", dataset, batch: batchSize, options: {} },
    steps: monaiSteps([...t1Preparation, ...t1Augmentation(96)]),
    items: t1.map((image) => ({ image })),
    ...more,
  };
}

const copying = { text: "copy the patches", make: copyPatches };
const rawReading = { text: "LMDB get of the entries", make: readRawEntries };

const uncached: Workload = {
  name: "uncached epoch",
  group,
  prepare(bench) {
    const dataset = training(bench, []);
    return { run: () => epochOf(dataset) };
  },
  peer: ({ t1 }) => epochOfPeer("MONAI Dataset, 0 workers", "Dataset", t1),
  targets: [fasterThanPeer(4)],
};

const replacing: Workload = {
  name: "epoch of smartReplace, 12 items, 3 new",
  group,
  async prepare(bench) {
    const rotation: unknown = bench.build.ops.smartReplace({ cacheNum: 12, replaceRate: 0.25 });
    if (!isOperator(rotation)) throw new Error("smartReplace is no operator");
    // Each scan twice: more items than the rotation holds.
    const items = [0, 1].flatMap((copy) => bench.scans.t1.map((image) => ({ image, copy })));
    const dataset = training(bench, [rotation], {}, items);
    await epochOf(dataset);
    return { run: () => epochOf(dataset) };
  },
  peer: ({ t1 }) => ({
    by: "MONAI SmartCacheDataset",
    kind: "epoch",
    dataset: "SmartCacheDataset",
    steps: monaiSteps([...t1Preparation, ...t1Augmentation(96)]),
    items: [...t1, ...t1].map((image) => ({ image })),
    batch: batchSize,
    options: { replace_rate: 0.25, cache_num: 12, num_init_workers: 1, num_replace_workers: 1 },
  }),
  targets: [fasterThanPeer(5)],
};

export const epochWorkloads: readonly Workload[] = [
  uncached,
  warm("memory", "CacheDataset", ({ build }) => build.vox.memoryStore({ maxBytes: bytesOfCache }), copying, 120),
  warm("LMDB", "LMDBDataset", (bench) => bench.build.vox.lmdbStore(newDir(bench)), rawReading, 40),
  warm(
    "memory before LMDB",
    "PersistentDataset",
    (bench) => {
      const { memoryStore, lmdbStore, tieredStore } = bench.build.vox;
      return tieredStore(memoryStore({ maxBytes: bytesOfCache }), lmdbStore(newDir(bench)));
    },
    copying,
    150,
  ),
  replacing,
];
