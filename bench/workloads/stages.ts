/** What the engine costs per item, on numbers and on records of a large list; compared with async generators. */
import type { Dataset } from "voxrx";
import type { Build } from "../measure/build.ts";
import type { Workload } from "../measure/workload.ts";
import { withinMs } from "../report/target.ts";

const group = "Engine";
const million = 1_000_000;

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

async function* generated<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

async function* mapped(source: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const n of source) yield n + 1;
}

async function* batched<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** A stage on numbers, and how many numbers go through it. */
function onNumbers(
  name: string,
  make: (build: Build, numbers: Dataset<number>) => AsyncIterable<unknown>,
  limit: (list: readonly number[]) => AsyncIterable<unknown> = generated,
  limitText = "an async generator that does nothing",
  bound?: number,
): Workload {
  return {
    name: `40,000 numbers: ${name}`,
    group,
    prepare({ build }) {
      const list = Array.from({ length: 40_000 }, (_, n) => n);
      const dataset = make(build, build.vox.Dataset.from(list));
      return { run: () => drain(dataset), limit: () => drain(limit(list)) };
    },
    limit: limitText,
    ...(bound === undefined ? {} : { bound }),
  };
}

function tenMaps({ ops }: Build, numbers: Dataset<number>): Dataset<number> {
  let chain = numbers;
  for (let n = 0; n < 10; n++) chain = chain.pipe(ops.map((value) => value + 1));
  return chain;
}

function tenGenerators(list: readonly number[]): AsyncIterable<number> {
  let chain: AsyncIterable<number> = generated(list);
  for (let n = 0; n < 10; n++) chain = mapped(chain);
  return chain;
}

const plainRecords = () => Array.from({ length: million }, (_, id) => ({ id, image: `scan-${id}.nii.gz` }));

const allRecords: Workload = {
  name: "1,000,000 records: shuffle, map, batch",
  group,
  prepare({ build }) {
    const [records, { map, shuffle, batch }] = [plainRecords(), build.ops];
    const dataset = build.vox.Dataset.from(records).pipe(
      shuffle(),
      map((record) => record),
      batch({ size: 32, collate: "list" }),
    );
    return { run: () => drain(dataset), limit: () => drain(batched(generated(records), 32)) };
  },
  limit: "async generators, without shuffle",
  peer: () => ({ by: "torch DataLoader with MONAI Dataset", kind: "records", count: million, batch: 32 }),
  targets: [withinMs(970)],
};

const firstOfRecords: Workload = {
  name: "1,000,000 records: dataset to first batch",
  group,
  prepare({ build }) {
    const [records, { map, shuffle, batch }] = [plainRecords(), build.ops];
    return {
      async run() {
        const dataset = build.vox.Dataset.from(records).pipe(
          shuffle(),
          map((record) => record),
          batch({ size: 32, collate: "list" }),
        );
        for await (const first of dataset) return first;
        return undefined;
      },
    };
  },
  targets: [withinMs(100)],
};

/** What it costs to watch a run; where nobody watches, nothing is measured. */
const watched: Workload = {
  name: "40,000 numbers: shuffle, map, batch of 8, watched",
  group,
  prepare({ build }) {
    const { map, shuffle, batch } = build.ops;
    const list = Array.from({ length: 40_000 }, (_, n) => n);
    const dataset = build.vox.Dataset.from(list).pipe(
      shuffle(),
      map((n) => n),
      batch({ size: 8, collate: "list" }),
    );
    return { run: () => drain(dataset.iterate({ watch: true })), limit: () => drain(dataset) };
  },
  limit: "the same, not watched",
};

export const stageWorkloads: readonly Workload[] = [
  onNumbers("ten maps", tenMaps, tenGenerators, "ten async generators", 8),
  onNumbers("no stage", (_, numbers) => numbers, generated, "an async generator that does nothing", 50),
  onNumbers("mapAsync", ({ ops }, numbers) => numbers.pipe(ops.mapAsync(async (n) => n))),
  onNumbers("take", ({ ops }, numbers) => numbers.pipe(ops.take(40_000))),
  onNumbers("flatMap to two", ({ ops }, numbers) => numbers.pipe(ops.flatMap((n) => [n, n]))),
  onNumbers("onError", ({ ops }, numbers) => numbers.pipe(ops.onError({ skip: true }))),
  onNumbers("concat of two", ({ ops }, numbers) => ops.concat(numbers, numbers)),
  onNumbers("repeat twice", ({ ops }, numbers) => numbers.pipe(ops.repeat(2))),
  onNumbers("shuffle", ({ ops }, numbers) => numbers.pipe(ops.shuffle())),
  onNumbers("batch of 8", ({ ops }, numbers) => numbers.pipe(ops.batch({ size: 8, collate: "list" }))),
  onNumbers("prefetch, 4 at once", ({ ops }, numbers) => numbers.pipe(ops.prefetch({ concurrency: 4 }))),
  watched,
  allRecords,
  firstOfRecords,
];
