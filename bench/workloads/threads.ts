/** Epochs on two worker threads, beside the same on the main thread, and beside MONAI with as many workers. */
import { join } from "node:path";
import type { Dataset, Store } from "voxrx";
import type { Bench, Workload } from "../measure/workload.ts";
import { fasterThanPeer, withinLimit } from "../report/target.ts";
import { epochOf, epochOfPeer, type MakeStore } from "./epochs.ts";
import { operatorOf, pipeline } from "./pipelines.ts";
import { augmentation, t1Augmentation, t1Preparation } from "./roads.ts";

const group = "Worker threads";
const batchSize = 2;
const workers = 2;

/** The training, with a cache if there is a store, on so many threads. */
function training({ build, scans, short }: Bench, threads: number, store?: Store): Dataset<unknown> {
  const parallel = threads === 0 ? [] : [{ operator: "parallel", options: { workers: threads } }];
  return pipeline(
    build,
    scans.t1.map((image) => ({ image })),
    [
      ...t1Preparation,
      ...(store ? [operatorOf(build, { operator: "cacheUntilRandom", options: { store } })] : []),
      ...t1Augmentation(short ? 48 : 96),
      ...parallel,
      { operator: "batch", options: { size: batchSize } },
    ],
  );
}

const uncached: Workload = {
  name: "uncached epoch, 2 worker threads",
  group,
  async prepare(bench) {
    const [here, there] = [training(bench, 0), training(bench, workers)];
    await warmUp(() => epochOf(there));
    return { run: () => epochOf(there), limit: () => epochOf(here) };
  },
  limit: "on the main thread",
  peer: ({ t1 }) => epochOfPeer("MONAI Dataset, 2 workers", "Dataset", t1, { workers }),
  targets: [withinLimit(0.67), fasterThanPeer(4)],
};

/** The same with fewer or more threads than cores. */
function otherThreads(threads: number): Workload {
  return {
    name: `uncached epoch, ${threads} worker thread${threads === 1 ? "" : "s"}`,
    group,
    async prepare(bench) {
      const [usual, other] = [training(bench, workers), training(bench, threads)];
      await warmUp(() => epochOf(other));
      await warmUp(() => epochOf(usual));
      return { run: () => epochOf(other), limit: () => epochOf(usual) };
    },
    limit: "with 2 worker threads",
  };
}

/** Each thread compiles the loops for itself, which takes some epochs. */
async function warmUp(epoch: () => Promise<void>): Promise<void> {
  for (let n = 0; n < 3; n++) await epoch();
}

let stores = 0;

/** The epoch that fills a store. */
function first(name: string, dataset: string, make: MakeStore): Workload {
  return {
    name: `first epoch with ${name}, 2 worker threads`,
    group,
    async prepare(bench) {
      const filling = async (threads: number) => {
        const store = make({ ...bench, dir: join(bench.dir, `first-${stores++}`) });
        await epochOf(training(bench, threads, store));
        await store.close();
      };
      await warmUp(() => filling(workers));
      return { run: () => filling(workers), limit: () => filling(0) };
    },
    limit: "on the main thread",
    peer: ({ t1 }) => epochOfPeer(`MONAI ${dataset}, 2 workers`, dataset, t1, { workers, first: true }),
    targets: [fasterThanPeer(3.5)],
  };
}

/** Patches in memory that are augmented, as after a cache. */
const augmented: Workload = {
  name: "augmentation of 8 patches of 128^3 with labels, 2 worker threads",
  group,
  async prepare({ build, short }) {
    const side = short ? 64 : 128;
    const { Volume } = build.vox;
    const items = Array.from({ length: 8 }, (_, n) => {
      const shape = [1, side, side, side];
      const image = new Volume({
        data: Float32Array.from({ length: side ** 3 }, (_each, at) => (at * n) % 251),
        shape,
      });
      const label = new Volume({ data: Uint8Array.from({ length: side ** 3 }, (_each, at) => (at >> 12) & 1), shape });
      return { image, label };
    });
    const on = (threads: number) =>
      pipeline(build, items, [...augmentation, { operator: "parallel", options: { workers: threads } }]);
    const [here, there] = [on(0), on(workers)];
    await warmUp(() => epochOf(there));
    return { run: () => epochOf(there), limit: () => epochOf(here) };
  },
  limit: "on the main thread",
  targets: [withinLimit(0.67)],
};

export const threadWorkloads: readonly Workload[] = [
  uncached,
  otherThreads(1),
  otherThreads(16),
  first("a memory store", "CacheDataset", ({ build }) => build.vox.memoryStore({ maxBytes: "4GiB" })),
  first("LMDB", "LMDBDataset", ({ build, dir }) => build.vox.lmdbStore(dir)),
  first("memory before LMDB", "PersistentDataset", ({ build, dir }) => {
    const { memoryStore, lmdbStore, tieredStore } = build.vox;
    return tieredStore(memoryStore({ maxBytes: "4GiB" }), lmdbStore(dir));
  }),
  augmented,
];
