/**
 * What single stages cost an item: CPU time of a run over numbers, the best of several. Run it in two checkouts in turn to compare them.
 */
import { Dataset } from "voxrx";
import { batch, concat, flatMap, map, mapAsync, onError, prefetch, repeat, shuffle, take } from "voxrx/operators";

const short = process.argv.includes("--short");
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

for (const [name, make] of Object.entries(cases)) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begun = process.cpuUsage();
    for await (const _ of make());
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, user + system);
  }
  console.log(`${name.padEnd(16)} ${((1000 * best) / items).toFixed(0).padStart(6)} ns of CPU an item`);
}
