/**
 * Measures the cost of single stages per item: CPU time of a run over numbers, the best of several. To compare two
 * checkouts, run it in both in turn.
 */
import { Dataset } from "voxrx";
import { batch, concat, flatMap, map, mapAsync, onError, prefetch, repeat, shuffle, take } from "voxrx/operators";
import { measure, only, report, short } from "./measure.ts";

const items = short ? 5_000 : 40_000;
const rounds = short ? 3 : 12;
const numbers = Array.from({ length: items }, (_, n) => n);
const list = () => Dataset.from(numbers);

const cases: Readonly<Record<string, () => AsyncIterable<unknown>>> = {
  list,
  map: () => list().pipe(map((n) => n)),
  mapAsync: () => list().pipe(mapAsync(async (n) => n)),
  "take, mapAsync": () =>
    list().pipe(
      take(items),
      mapAsync(async (n) => n),
    ),
  take: () => list().pipe(take(items)),
  flatMap: () => list().pipe(flatMap((n) => [n, n])),
  onError: () => list().pipe(onError({ skip: true })),
  concat: () => concat(list(), list()),
  repeat: () => list().pipe(repeat(2)),
  shuffle: () => list().pipe(shuffle()),
  batch: () => list().pipe(batch(8)),
  "prefetch 4": () =>
    list().pipe(
      map((n) => n),
      prefetch({ concurrency: 4 }),
    ),
};

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

const ways = Object.entries(cases)
  .filter(([name]) => only === undefined || name.startsWith(only))
  .map(([name, make]) => [name, () => drain(make())]);
for (const [name, { bestCpuMs }] of Object.entries(await measure(Object.fromEntries(ways), { rounds }))) {
  const ns = (1e6 * bestCpuMs) / items;
  report(name, { cpuNsPerItem: ns }, `${name.padEnd(16)} ${ns.toFixed(0).padStart(6)} ns of CPU per item`);
}
