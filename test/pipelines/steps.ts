/** Operators of VoxRx for random pipelines, each with its model. */
import fc from "fast-check";
import { partition } from "../../datasets/partition.ts";
import { cacheUntilRandom } from "../../operators/cache/cache-until-random.ts";
import { smartReplace } from "../../operators/cache/smart-replace.ts";
import { batch } from "../../operators/flow/batch.ts";
import { concat } from "../../operators/flow/concat.ts";
import { filter } from "../../operators/flow/filter.ts";
import { flatMap } from "../../operators/flow/flat-map.ts";
import { indexed } from "../../operators/flow/indexed.ts";
import { map } from "../../operators/flow/map.ts";
import { mapAsync } from "../../operators/flow/map-async.ts";
import { onError } from "../../operators/flow/on-error.ts";
import { parallel } from "../../operators/flow/parallel.ts";
import { prefetch } from "../../operators/flow/prefetch.ts";
import { progress } from "../../operators/flow/progress.ts";
import { repeat } from "../../operators/flow/repeat.ts";
import { shuffle } from "../../operators/flow/shuffle.ts";
import { skip } from "../../operators/flow/skip.ts";
import { subset } from "../../operators/flow/subset.ts";
import { take } from "../../operators/flow/take.ts";
import { tap } from "../../operators/flow/tap.ts";
import { unbatch } from "../../operators/flow/unbatch.ts";
import { simulateDelay } from "../../operators/utility/simulate-delay.ts";
import { memoryStore } from "../../src/cache/memory-store.ts";
import { Dataset } from "../../src/dataset.ts";
import { flatMaps } from "./flat-map-steps.ts";
import { type Ledger, never, type Pace, paceText, passed } from "./ledger.ts";
import { declareIndexedStep, each, Failure, type Item, plainly, type Step, Unpredicted } from "./plan.ts";
import { anyPace } from "./sources.ts";

const same: Step["model"] = (input, epoch) => input(epoch);

/** A function that adds 1, as a user may write it: at once, or with a promise. */
const adding = (ledger: Ledger, pace: Pace | null) => (n: number) => {
  ledger.works("map");
  return pace ? passed(pace).then(() => n + 1) : n + 1;
};

const maybePace = fc.option(anyPace);

const maps: fc.Arbitrary<Step> = maybePace.map((pace) => ({
  code: pace ? `map(async (n) => (await ${paceText(pace)}, n + 1))` : "map((n) => n + 1)",
  keepsIndex: true,
  build: (source, ledger) => source.pipe(map(adding(ledger, pace))),
  model: each((n) => [n + 1]),
}));

const concurrent: fc.Arbitrary<Step> = fc.tuple(anyPace, fc.integer({ min: 1, max: 4 })).map(([pace, concurrency]) => ({
  code: `mapAsync(async (n) => (await ${paceText(pace)}, n + 1), { concurrency: ${concurrency} })`,
  keepsIndex: true,
  build: (source, ledger) =>
    source.pipe(
      mapAsync(
        async (n) => {
          ledger.works("mapAsync");
          // Every third item takes longer, so that later ones are ready before it.
          await passed(n % 3 === 0 ? { ...pace, turns: pace.turns + 1 } : pace);
          return n + 1;
        },
        { concurrency },
      ),
    ),
  model: each((n) => [n + 1]),
}));

const filters: fc.Arbitrary<Step> = maybePace.map((pace) => ({
  code: pace ? `filter(async (n) => (await ${paceText(pace)}, n % 3 !== 0))` : "filter((n) => n % 3 !== 0)",
  keepsIndex: false,
  build: (source, ledger) =>
    source.pipe(
      filter((n) => {
        ledger.works("filter");
        return pace ? passed(pace).then(() => n % 3 !== 0) : n % 3 !== 0;
      }),
    ),
  model: each((n) => (n % 3 === 0 ? [] : [n])),
}));

/** A function that throws for some items; `onError` may skip them. */
const failing: fc.Arbitrary<Step> = fc
  .record({ rest: fc.nat(6), pace: maybePace, skips: fc.boolean(), concurrency: fc.integer({ min: 1, max: 3 }) })
  .map(({ rest, pace, skips, concurrency }) => {
    const after = skips ? ", onError({ skip: true, maxItems: 1000 })" : "";
    return {
      code: `mapAsync(${pace ? `async, ${paceText(pace)}` : "at once"}: throws if n % 7 is ${rest}, { concurrency: ${concurrency} })${after}`,
      keepsIndex: !skips,
      build(source, ledger) {
        const failed = source.pipe(
          mapAsync(
            (n: number): Promise<number> => {
              ledger.works("a function that throws");
              if (n % 7 !== rest) return pace ? passed(pace).then(() => n) : Promise.resolve(n);
              if (!pace) throw ledger.planted;
              return passed(pace).then(() => {
                throw ledger.planted;
              });
            },
            { concurrency },
          ),
        );
        return skips ? failed.pipe(onError({ skip: true, maxItems: 1000, onSkip: () => undefined })) : failed;
      },
      *model(input, epoch) {
        for (const item of input(epoch)) {
          if (item instanceof Failure && skips) throw new Unpredicted();
          if (item instanceof Failure || item % 7 !== rest) yield item;
          else if (!skips) yield new Failure("function");
        }
      },
    } satisfies Step;
  });

/** A function that doesn't answer for some items. */
const hanging: fc.Arbitrary<Step> = fc
  .record({
    rest: fc.nat(4),
    way: fc.constantFrom("map", "mapAsync", "flatMap", "generator", "filter", "tap", "cached", "rotating"),
  })
  .map(({ rest, way }) => {
    const answer = <T>(n: number, value: T): T | Promise<never> => (n % 5 === rest ? never() : value);
    const steps: Record<typeof way, (source: Dataset<number>) => Dataset<number>> = {
      map: (source) => source.pipe(map((n) => answer(n, n))),
      mapAsync: (source) => source.pipe(mapAsync(async (n) => answer(n, n), { concurrency: 2 })),
      flatMap: (source) => source.pipe(flatMap((n) => answer(n, [n]))),
      generator: (source) =>
        source.pipe(
          flatMap(async function* (n) {
            yield await answer(n, n);
          }),
        ),
      filter: (source) => source.pipe(filter(async (n) => answer(n, true))),
      tap: (source) => source.pipe(tap((n) => answer(n, n))),
      cached: (source) =>
        source.pipe(
          map((n) => answer(n, n), { version: 1 }),
          cacheUntilRandom({ store: memoryStore() }),
        ),
      rotating: (source) =>
        source.pipe(
          map((n) => answer(n, n), { version: 1 }),
          smartReplace({ cacheNum: 1, replaceRate: 1, store: memoryStore({ maxBytes: 100_000 }) }),
        ),
    };
    return {
      code: `${way}(never answers if n % 5 is ${rest})`,
      keepsIndex: !["flatMap", "generator", "filter"].includes(way),
      ...(way === "rotating" ? { index: "needs" as const } : {}),
      hangs: true,
      build: (source) => steps[way](source),
      // What never answers gives nothing; what a rotation holds is not predicted here.
      *model(input, epoch) {
        if (way === "rotating") throw new Unpredicted();
        yield* input(epoch);
      },
    } satisfies Step;
  });

const taken: fc.Arbitrary<Step> = fc.nat(6).map((count) => ({
  code: `take(${count})`,
  keepsIndex: true,
  build: (source) => source.pipe(take(count)),
  *model(input, epoch) {
    let left = count;
    if (left > 0)
      for (const item of input(epoch)) {
        yield item;
        if (--left === 0) return;
      }
  },
}));

const skipped: fc.Arbitrary<Step> = fc.nat(4).map((count) => ({
  code: `skip(${count})`,
  keepsIndex: true,
  build: (source) => source.pipe(skip(count)),
  *model(input, epoch, isIndexed) {
    let left = count;
    for (const item of input(epoch)) {
      // A stream computes what it leaves out.
      if (item instanceof Failure && (left <= 0 || !isIndexed)) {
        yield item;
        if (!isIndexed) return;
      } else if (left-- <= 0) yield item;
    }
  },
}));

const indexedStep = declareIndexedStep({
  code: "indexed()",
  keepsIndex: true,
  index: "makes",
  build: (source) => source.pipe(indexed()),
  // It lists epoch 0. One item that fails is the failure of the list, whichever item is then asked for, if any.
  model(input) {
    const items = [...input(0)];
    if (items.some((item) => item instanceof Failure)) throw new Unpredicted();
    return items;
  },
});

const subsets: fc.Arbitrary<Step> = fc.boolean().map((fromEnd) => ({
  code: `concat(it.pipe(take(2)), the same, Dataset.from([7])).pipe(subset(${fromEnd ? "[-1, 0]" : "[0, -1]"}))`,
  keepsIndex: true,
  index: "needs",
  build(source) {
    const two = source.pipe(take(2));
    return concat(two, two, Dataset.from([7])).pipe(subset(fromEnd ? [-1, 0] : [0, -1]));
  },
  *model(input, epoch) {
    const items = [...input(epoch)].slice(0, 2);
    const all: Item[] = [...items, ...items, 7];
    const ends = [all[0], all.at(-1)].filter((item) => item !== undefined);
    yield* fromEnd ? ends.reverse() : ends;
  },
}));

const parted: fc.Arbitrary<Step> = fc.nat(1).map((which) => ({
  code: `partition(it.epoch(0), { partitions: 2 })[${which}], of at least 2 items`,
  keepsIndex: true,
  index: "needs",
  build(source) {
    const parted = partition(
      concat(source, Dataset.from([5, 6]))
        .asIndexed()
        .epoch(0),
      { partitions: 2 },
    );
    const part = parted[which];
    if (!part) throw new RangeError(`there is no part ${which}`);
    return part;
  },
  // Only what has one order is split.
  model: (input) => [...input(0), 5, 6].filter((_, n) => n % 2 === which),
}));

const rotating: fc.Arbitrary<Step> = fc
  .record({ cacheNum: fc.integer({ min: 1, max: 4 }), all: fc.boolean() })
  .map(({ cacheNum, all }) => ({
    code: `map((n) => n + 1, { version: 1 }), smartReplace({ cacheNum: ${cacheNum}, replaceRate: ${all ? 1 : 0.5} })`,
    keepsIndex: true,
    index: "needs",
    build: (source, ledger) =>
      source.pipe(
        map(adding(ledger, null), { version: 1 }),
        smartReplace({ cacheNum, replaceRate: all ? 1 : 0.5, store: memoryStore({ maxBytes: 100_000 }) }),
      ),
    *model(input, epoch) {
      const items = [...input(epoch)].map((item) => (item instanceof Failure ? item : item + 1));
      const size = Math.min(cacheNum, items.length);
      const replaced = Math.min(Math.ceil(size * (all ? 1 : 0.5)), items.length - size);
      for (let n = 0; n < size; n++) {
        const item = items[(epoch * replaced + n) % items.length];
        if (item !== undefined) yield item;
      }
    },
  }));

const cached: fc.Arbitrary<Step> = fc.constantFrom(100, 100_000).map((maxBytes) => ({
  code: `map((n) => n + 1, { version: 1 }), cacheUntilRandom({ store: memoryStore({ maxBytes: ${maxBytes} }) })`,
  keepsIndex: true,
  build: (source, ledger) =>
    source.pipe(map(adding(ledger, null), { version: 1 }), cacheUntilRandom({ store: memoryStore({ maxBytes }) })),
  model: each((n) => [n + 1]),
}));

const ahead: fc.Arbitrary<Step> = fc
  .record({ buffer: fc.integer({ min: 1, max: 4 }), concurrency: fc.integer({ min: 1, max: 3 }) })
  .map(({ buffer, concurrency }) => ({
    code: `prefetch({ buffer: ${buffer}, concurrency: ${concurrency} })`,
    keepsIndex: true,
    build: (source) => source.pipe(prefetch({ buffer, concurrency })),
    model: same,
  }));

/** Functions don't move, but the way that their items go is that of all others. */
const threaded: fc.Arbitrary<Step> = fc.nat(3).map((workers) => ({
  code: `parallel({ workers: ${workers} })`,
  keepsIndex: true,
  build: (source) => source.pipe(parallel({ workers })),
  model: same,
}));

const repeated: fc.Arbitrary<Step> = fc.nat(3).map((count) => ({
  code: `repeat(${count})`,
  keepsIndex: true,
  build: (source) => source.pipe(repeat(count)),
  *model(input, epoch) {
    for (let n = 0; n < count; n++) yield* input(epoch);
  },
}));

const inEpochs: fc.Arbitrary<Step> = fc.tuple(fc.nat(2), fc.nat(2)).map(([from, count]) => ({
  code: `epochs(${from}, ${from + count})`,
  keepsIndex: false,
  build: (source) => source.epochs(from, from + count),
  *model(input) {
    for (let n = 0; n < count; n++) yield* input(from + n);
  },
}));

/** Batches of lists, taken apart again. */
const batched: fc.Arbitrary<Step> = fc
  .record({ size: fc.integer({ min: 1, max: 3 }), dropLast: fc.boolean(), by: fc.constantFrom("unbatch", "flatMap") })
  .map(({ size, dropLast, by }) => ({
    code: `batch({ size: ${size}, dropLast: ${dropLast}, collate: "list" }), ${by === "unbatch" ? "unbatch()" : "flatMap((list) => list)"}`,
    keepsIndex: false,
    build(source) {
      const batches = source.pipe(batch({ size, dropLast, collate: "list" }));
      return by === "unbatch" ? batches.pipe(unbatch()) : batches.pipe(flatMap((list) => list));
    },
    model(input, epoch, isIndexed) {
      const lists = plainly(function* (items) {
        for (const list of batchesOf(items, size, dropLast)) yield* list;
      });
      // With an index, the items of the last batch are left out without being computed.
      return lists((of) => (dropLast && isIndexed ? wholeBatches([...input(of)], size) : input(of)), epoch, isIndexed);
    },
  }));

const wholeBatches = <T>(items: readonly T[], size: number) => items.slice(0, items.length - (items.length % size));

const summed: fc.Arbitrary<Step> = fc.integer({ min: 1, max: 3 }).map((size) => ({
  code: `batch(${size}), map((batch) => sum(batch))`,
  keepsIndex: true,
  build: (source) =>
    source.pipe(
      batch({ size, collate: "list" }),
      map((list) => list.reduce((sum, n) => sum + n, 0)),
    ),
  *model(input, epoch) {
    for (const list of batchesOf(input(epoch), size, false)) {
      const failure = list.find((item) => item instanceof Failure);
      yield failure ?? list.reduce<number>((sum, item) => (item instanceof Failure ? sum : sum + item), 0);
    }
  },
}));

function* batchesOf<T>(items: Iterable<T>, size: number, dropLast: boolean): Generator<T[]> {
  let list: T[] = [];
  for (const item of items) {
    list.push(item);
    if (list.length < size) continue;
    yield list;
    list = [];
  }
  if (list.length > 0 && !dropLast) yield list;
}

/** A shuffle, sorted again, so that it shows that nothing is lost or doubled. */
const shuffled: fc.Arbitrary<Step> = fc.integer({ min: 1, max: 4 }).map((buffer) => ({
  code: `shuffle({ buffer: ${buffer} }), batch({ size: 10_000, collate: "list" }), flatMap((list) => sorted(list))`,
  keepsIndex: false,
  build: (source) =>
    source.pipe(
      shuffle({ buffer }),
      batch({ size: 10_000, collate: "list" }),
      flatMap((list) => list.toSorted((a, b) => a - b)),
    ),
  model: plainly((input) => [...input].sort((a, b) => a - b)),
}));

const delayed: fc.Arbitrary<Step> = fc.constantFrom(0, 1).map((delayMs) => ({
  code: `simulateDelay({ delayMs: ${delayMs} })`,
  keepsIndex: true,
  build: (source) => source.pipe(simulateDelay({ delayMs })),
  model: same,
}));

const watched: fc.Arbitrary<Step> = fc.constantFrom("tap", "progress").map((name) => ({
  code: `${name}()`,
  keepsIndex: true,
  build: (source, ledger) =>
    name === "tap"
      ? source.pipe(tap(() => ledger.works("tap")))
      : source.pipe(progress({ everyMs: 0, onProgress: () => undefined })),
  model: same,
}));

const shared: fc.Arbitrary<Step> = fc.integer({ min: 1, max: 3 }).map((maxLag) => ({
  code: `share({ maxLag: ${maxLag} })`,
  keepsIndex: false,
  build: (source) => source.share({ maxLag }),
  model: same,
}));

/** Steps without pipelines in them. */
export const anyOwnStep: fc.Arbitrary<Step> = fc.oneof(
  maps,
  concurrent,
  filters,
  failing,
  { weight: 1, arbitrary: hanging },
  { weight: 2, arbitrary: flatMaps },
  taken,
  skipped,
  fc.constant(indexedStep),
  subsets,
  parted,
  rotating,
  cached,
  { weight: 2, arbitrary: ahead },
  threaded,
  repeated,
  inEpochs,
  batched,
  summed,
  shuffled,
  delayed,
  watched,
  { weight: 2, arbitrary: shared },
);
