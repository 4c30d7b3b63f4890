import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type IndexedDataset, type IndexedOperator, lmdbStore, memoryStore, type Operator } from "voxrx";
import {
  balance,
  batch,
  cacheUntilRandom,
  compose,
  concat,
  filter,
  flatMap,
  forRank,
  indexed,
  lambda,
  map,
  mapAsync,
  mix,
  onError,
  oneOf,
  parallel,
  prefetch,
  progress,
  randLambda,
  randomOrder,
  repeat,
  shuffle,
  skip,
  smartReplace,
  someOf,
  subset,
  take,
  zip,
} from "voxrx/operators";
import { DividedPlan } from "../../src/blocks/divided-plan.ts";
import { contentOf } from "../../src/fingerprint/content.ts";
import { eachEntry } from "../../src/inspect/each-entry.ts";
import type { Run, Stage } from "../../src/plan/stage.ts";
import type { Seed } from "../../src/random/random.ts";
import { runsOf } from "../support/long.ts";
import { thrown } from "../support/thrown.ts";

interface Row {
  readonly n: number;
}

const run = (): Run => ({ epoch: 2, seed: undefined, signal: new AbortController().signal });

/** Sources and operators that choose items. */
const choosing: Readonly<Record<string, (rows: IndexedDataset<Row>) => IndexedDataset<Row>>> = {
  none: (rows) => rows,
  shuffle: (rows) => rows.pipe(shuffle()).asIndexed(),
  "map, shuffle": (rows) =>
    rows
      .pipe(
        map(({ n }) => ({ n: n + 100 })),
        shuffle(),
      )
      .asIndexed(),
  "draw, shuffle": (rows) => rows.pipe(draw, shuffle()).asIndexed(),
  take: (rows) => rows.pipe(take(5)),
  skip: (rows) => rows.pipe(skip(2)),
  subset: (rows) => rows.pipe(subset([4, 1, 1, 0])),
  repeat: (rows) => rows.pipe(repeat(2)),
  "draw, repeat": (rows) => rows.pipe(draw, repeat(2)),
  concat: (rows) => concat(rows.pipe(draw), rows.pipe(map(({ n }) => ({ n: -n })))),
  zip: (rows) =>
    zip(rows.pipe(draw), rows.pipe(shuffle()))
      .pipe(map(([a, b]) => ({ n: a.n * 1000 + b.n })))
      .asIndexed(),
  mix: (rows) => mix([{ dataset: rows.pipe(draw), weight: 2 }, { dataset: rows }]).asIndexed(),
  balance: (rows) => rows.pipe(balance({ by: ({ n }) => n % 2 })).asIndexed(),
};

const draw = map(({ n }: Row, { random }) => ({ n: n + random().uniform() }));

/** Operators that do something to each item. */
const working: Readonly<Record<string, (rows: Dataset<Row>) => Dataset<Row>>> = {
  none: (rows) => rows,
  draw: (rows) => rows.pipe(draw),
  map: (rows) => rows.pipe(map(({ n }, { id, random }) => ({ n: n + id.length + random().uniform() }))),
  mapAsync: (rows) => rows.pipe(mapAsync(async ({ n }) => ({ n: n * 2 }), { concurrency: 3 })),
  filter: (rows) => rows.pipe(filter(({ n }) => Math.floor(n) % 3 !== 0)),
  flatMap: (rows) => rows.pipe(flatMap(({ n }) => [{ n }, { n: n / 2 }])),
  failing: (rows) =>
    rows.pipe(
      map((row) => {
        if (Math.floor(row.n) % 4 === 1) throw new Error("one of four");
        return row;
      }),
      onError({ skip: true, maxItems: 1000, onSkip: () => undefined }),
    ),
  prefetch: (rows) => rows.pipe(prefetch({ buffer: 2, concurrency: 2 })),
  parallel: (rows) => rows.pipe(parallel({ workers: 2 })),
  progress: (rows) => rows.pipe(progress({ quiet: true })),
  epoch: (rows) => rows.epoch(5),
};

async function entriesOf(stage: Stage<unknown>): Promise<[string, unknown][]> {
  const entries: [string, unknown][] = [];
  await eachEntry(stage, run(), ({ id, value }) => {
    entries.push([id, value]);
    return false;
  });
  return entries;
}

test("the items of any blocks are those of a whole run, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(choosing)),
      fc.array(fc.constantFrom(...Object.keys(working)), { maxLength: 3 }),
      fc.integer({ min: 5, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (chosen, steps, length, size) => {
        const rows = Array.from({ length }, (_, n) => ({ n }));
        const source = choosing[chosen]?.(Dataset.from(rows, { id: ({ n }) => `row${n}`, seed: 5 }));
        const dataset = steps.reduce<Dataset<Row>>((so, step) => working[step]?.(so) ?? so, source ?? Dataset.from([]));
        const plan = new DividedPlan(dataset.stage);
        const listed = await plan.list(run());
        const places = listed.map((_, n) => n);
        // Any division: every size-th item is in the same block.
        const blocks = Array.from({ length: size }, (_, n) => places.filter((place) => place % size === n));
        const made: [string, unknown][] = [];
        for (const block of blocks) {
          const entries = await entriesOf(plan.over(block));
          const ids = block.map((place) => listed[place]?.id);
          // Parts of an item have its id and more.
          expect(entries.filter(([id]) => !ids.some((own) => id === own || id.startsWith(`${own}/`)))).toEqual([]);
          made.push(...entries);
        }
        const byId = (a: [string, unknown], b: [string, unknown]) => (a[0] < b[0] ? -1 : 1);
        expect(made.sort(byId)).toEqual((await entriesOf(dataset.stage)).sort(byId));
      },
    ),
    { numRuns: runsOf(300) },
  );
});

test("listing computes nothing", async () => {
  let calls = 0;
  const count = map((row: Row) => {
    calls++;
    return row;
  });
  const rows = Dataset.from([{ n: 1 }, { n: 2 }], { id: ({ n }) => `row${n}` });
  for (const dataset of [rows.pipe(count), rows.pipe(count, shuffle(), count), concat(rows.pipe(count), rows)]) {
    const ids = (await new DividedPlan(dataset.stage).list(run())).map(({ id }) => id);
    expect(ids.length).toBe(dataset.length);
  }
  expect(calls).toBe(0);
});

/** Two functions that differ only in their text. */
const functions = [(row: Row) => ({ n: row.n + 1 }), (row: Row) => ({ n: row.n + 2 })] as const;
type RowFunction = (typeof functions)[number];

/** All that a function of a user can be given to, where a plan in blocks may have it. */
const taking: Readonly<Record<string, (fn: RowFunction) => Operator<Row, Row, boolean>>> = {
  map: (fn) => map(fn),
  mapAsync: (fn) => mapAsync(async (row) => fn(row), { name: String(fn) }),
  filter: (fn) => filter((row) => fn(row).n % 2 === 0, { name: String(fn) }),
  flatMap: (fn) => flatMap(String(fn).includes("+ 1") ? (row) => [fn(row)] : (row) => [row, fn(row)]),
  lambda: (fn) => lambda({ keys: "n", func: String(fn).includes("+ 1") ? (n) => n : (n) => -n }),
  randLambda: (fn) => randLambda({ keys: "n", prob: 1, func: String(fn).includes("+ 1") ? (n) => n : (n) => -n }),
};

/** Where an operator can be inside another one, or in another dataset. */
const places: Readonly<
  Record<string, (rows: IndexedDataset<Row>, step: Operator<Row, Row, boolean>) => Dataset<unknown>>
> = {
  "in a pipe": (rows, step) => rows.pipe(step),
  "after another": (rows, step) => rows.pipe(draw, step),
  oneOf: (rows, step) => rows.pipe(oneOf([draw, inside(step)])),
  someOf: (rows, step) => rows.pipe(someOf([draw, inside(step)], { numTransforms: 1 })),
  randomOrder: (rows, step) => rows.pipe(randomOrder([draw, inside(step)])),
  compose: (rows, step) => rows.pipe(compose(draw, inside(step))),
  "oneOf of compose of oneOf": (rows, step) => rows.pipe(oneOf([compose(draw, oneOf([inside(step), draw]))])),
  "a cache": (rows, step) => rows.pipe(step, cacheUntilRandom({ store: memoryStore() })),
  "the first of zip": (rows, step) => zip(rows.pipe(step).pipe(indexed()), rows),
  "the second of zip": (rows, step) => zip(rows, rows.pipe(step).pipe(indexed())),
  "the second of concat": (rows, step) => concat(rows, rows.pipe(step).pipe(indexed())),
  "a dataset of mix": (rows, step) => mix([{ dataset: rows }, { dataset: rows.pipe(step).pipe(indexed()) }]),
};

function inside(step: Operator<Row, Row, boolean>): IndexedOperator<Row, Row>;
function inside(step: unknown): unknown {
  return step;
}

describe("the text of a function is part of what decides a block", () => {
  const rows = () => Dataset.from([{ n: 1 }, { n: 2 }], { id: ({ n }) => `row${n}`, seed: 1 });
  const decides = async (dataset: Dataset<unknown>) => {
    const plan = new DividedPlan(dataset.stage);
    return [plan.identity, (await plan.list(run())).map(({ id, value }) => [id, contentOf(value)])];
  };
  const cases = Object.keys(taking).flatMap((operator) =>
    Object.keys(places).map((place) => [operator, place] as const),
  );
  test.for(cases)("%s, %s", async ([operator, place]) => {
    const isTransform = operator !== "flatMap" && operator !== "filter";
    if (!isTransform && /oneOf|someOf|randomOrder/.test(place)) return; // refused there
    const [a, same, b] = [functions[0], functions[0], functions[1]].map((fn) => {
      const step = taking[operator]?.(fn);
      const made = step && places[place]?.(rows(), step);
      return decides(made ?? Dataset.from([]));
    });
    expect(await same).toEqual(await a);
    expect(await b).not.toEqual(await a);
  });
});

test("a record of any dataset is in the list", async () => {
  const rows = (n: number) => Dataset.from([{ n }, { n: 7 }], { id: (_, index) => `row${index}` });
  const combined: Readonly<Record<string, (changing: IndexedDataset<Row>) => IndexedDataset<unknown>>> = {
    "first of zip": (changing) => zip(changing, rows(1)),
    "second of zip": (changing) => zip(rows(1), changing),
    "zip of zip": (changing) => zip(rows(1), zip(rows(2), changing)),
    "zip of concat": (changing) => zip(concat(rows(1), rows(2)), concat(rows(1), changing)),
    "concat of zip": (changing) => concat(zip(rows(1), changing)),
    "zip after draws": (changing) => zip(rows(1).pipe(draw), changing.pipe(draw)),
    mix: (changing) => mix([{ dataset: rows(1) }, { dataset: changing }]).asIndexed(),
  };
  for (const [name, make] of Object.entries(combined)) {
    const listed = async (n: number) =>
      (await new DividedPlan(make(rows(n)).stage).list(run())).map(({ value }) => contentOf(value));
    expect(await listed(3), name).toEqual(await listed(3));
    expect(await listed(4), name).not.toEqual(await listed(3));
  }
});

test("items are found by their ids when the list has changed", async () => {
  const rows = Dataset.from([{ n: 7 }, { n: 5 }, { n: 6 }], { id: ({ n }) => `row${n}` });
  const plan = new DividedPlan(rows.stage);
  expect(await plan.find(["row5", "row6"], [1, 2], run())).toEqual([1, 2]);
  expect(await plan.find(["row5", "row6"], [0, 900], run())).toEqual([1, 2]);
  const gone = await thrown(() => plan.find(["row9"], [0], run()));
  expect(gone).toMatchObject({ code: "VOXRX_UNKNOWN_ITEM", message: expect.stringContaining('"row9"') });
});

describe("a plan that can't be divided says why", () => {
  const rows = Dataset.from([{ n: 1 }, { n: 2 }, { n: 3 }]);
  test.each<[string, () => Dataset<unknown>, string, string]>([
    ["items together", () => rows.pipe(batch(2)), "batch", "makes one item of several"],
    ["a part of them", () => rows.pipe(forRank({ rank: 0, worldSize: 2, uneven: "pad" })), "forRank", "one rank"],
    [
      "a stream",
      () =>
        Dataset.from(function* () {
          yield 1;
        }),
      "from",
      "stream",
    ],
    ["several epochs", () => rows.epochs(0, 2), "epochs", "several epochs"],
    [
      "a choice among a stream",
      () =>
        rows.pipe(
          filter(() => true),
          take(1),
        ),
      "take",
      "other items",
    ],
  ])("%s", async (_, make, operator, words) => {
    const error = await thrown(async () => new DividedPlan(make().stage));
    expect(error).toMatchObject({ code: "VOXRX_NOT_DIVISIBLE", operator, message: expect.stringContaining(words) });
  });
});

describe("the identity of a plan", () => {
  const rows = (seed = 0, length = 3) =>
    Dataset.from(
      Array.from({ length }, (_, n) => ({ n })),
      { seed, id: ({ n }) => `row${n}` },
    );
  const of = (dataset: Dataset<unknown>) => new DividedPlan(dataset.stage).identity;

  test("is that of what is done to items, not of which items there are and how they are computed", () => {
    const done = (dataset: IndexedDataset<Row>) => of(dataset.pipe(map(({ n }) => ({ n: n + 1 }))));
    const same = done(rows());
    expect(done(rows(0, 9))).toBe(same);
    expect(done(rows().pipe(shuffle()))).toBe(same);
    expect(done(rows().pipe(take(2)))).toBe(same);
    expect(
      of(
        rows().pipe(
          map(({ n }) => ({ n: n + 1 })),
          parallel(2),
          prefetch({ buffer: 2 }),
        ),
      ),
    ).toBe(same);
    expect(of(rows().pipe(map(({ n }) => ({ n: n + 2 }))))).not.toBe(same);
    expect(of(rows())).not.toBe(same);
  });

  test("has the seed if something may draw", () => {
    const plus = map(({ n }: Row) => ({ n: n + 1 }), { name: "plus", version: 1 });
    expect(of(rows(1).pipe(plus))).toBe(of(rows(2).pipe(plus)));
    expect(of(rows(1).pipe(draw))).not.toBe(of(rows(2).pipe(draw)));
    // They draw other values.
    const seeded = (seed: Seed) => of(Dataset.from([{ n: 1 }], { seed }).pipe(draw));
    expect(seeded("1")).not.toBe(seeded(1));
  });

  const plus = (k: number) =>
    map(({ n }: Row, { options }) => ({ n: n + options.k }), { name: "plus", version: 1, options: { k } });
  const kept = () => smartReplace({ cacheNum: 2, store: memoryStore() });
  const other = (offset: number) => Dataset.from([{ n: 1 }], { id: ({ n }) => `row${n + offset}` });
  const differing: Readonly<Record<string, readonly [() => Dataset<unknown>, () => Dataset<unknown>]>> = {
    "options before smartReplace": [() => rows().pipe(plus(1), kept()), () => rows().pipe(plus(2), kept())],
    "the rounding of a cache": [
      () => rows().pipe(plus(1), cacheUntilRandom({ store: lmdbStore("never-opened") })),
      () => rows().pipe(plus(1), cacheUntilRandom({ store: lmdbStore("never-opened", { dtype: "float16" }) })),
    ],
    "the epoch of draws": [() => rows().pipe(draw).epoch(1), () => rows().pipe(draw).epoch(2)],
    "the branch of a step, of concat": [
      () => concat(rows().pipe(plus(1)), rows()),
      () => concat(rows(), rows().pipe(plus(1))),
    ],
    "the branches of two steps": [
      () => concat(rows().pipe(plus(1), plus(2)), rows()),
      () => concat(rows().pipe(plus(1)), rows().pipe(plus(2))),
    ],
    "the branch of a step, of zip": [() => zip(rows().pipe(plus(1)), rows()), () => zip(rows(), rows().pipe(plus(1)))],
    "the branch of a step, of mix": [
      () => mix([{ dataset: rows().pipe(plus(1)) }, { dataset: rows() }]),
      () => mix([{ dataset: rows() }, { dataset: rows().pipe(plus(1)) }]),
    ],
    "the seeds of branches": [
      () => concat(rows(1).pipe(draw), rows(2).pipe(draw), rows(1).pipe(draw)),
      () => concat(rows(1).pipe(draw), rows(2).pipe(draw), rows(2).pipe(draw)),
    ],
    "draws before or after repeat": [() => rows().pipe(repeat(2), draw), () => rows().pipe(draw, repeat(2))],
    "draws before or after balance": [
      () => rows().pipe(balance({ by: ({ n }) => n % 2 }), draw),
      () => rows().pipe(draw, balance({ by: ({ n }) => n % 2 })),
    ],
  };
  test.for(Object.entries(differing))("has %s", ([, [a, b]]) => {
    expect(of(a())).toBe(of(a()));
    expect(of(a())).not.toBe(of(b()));
  });

  test("stays when a dataset is added to concat, or other items are chosen", () => {
    const two = concat(rows().pipe(plus(1)), rows());
    expect(of(concat(rows().pipe(plus(1)), rows(), rows()))).toBe(of(two));
    expect(of(concat(rows().pipe(plus(1)), rows().pipe(take(1))))).toBe(of(two));
    expect(of(rows().pipe(repeat(3), draw))).toBe(of(rows().pipe(repeat(2), draw)));
  });

  test("is not all: ids of the other datasets of zip, which decide what they draw, are in the list", async () => {
    const listed = async (offset: number) => {
      const plan = new DividedPlan(zip(rows(), other(offset).pipe(draw)).stage);
      return (await plan.list(run())).map(({ value }) => contentOf(value));
    };
    expect(await listed(1)).toEqual(await listed(1));
    expect(await listed(1)).not.toEqual(await listed(2));
  });

  test("can't have functions that are bound: they are named", () => {
    const bound = ({ n }: Row) => ({ n });
    const textless = (dataset: Dataset<unknown>) => new DividedPlan(dataset.stage).textless;
    expect(textless(rows().pipe(map(bound)))).toEqual([]);
    expect(
      textless(
        rows().pipe(
          map(({ n }) => n, { name: "n" }),
          map(Number.isInteger),
        ),
      ),
    ).toEqual([]);
    expect(textless(rows().pipe(map(bound.bind(null))))).toEqual(["map bound bound"]);
    expect(textless(rows().pipe(oneOf([map(bound.bind(null))])))).toEqual(["map bound bound"]);
    const shaken = randLambda({ keys: "n", prob: 1, func: ((n: number) => n).bind(null) });
    expect(textless(rows().pipe(shaken)).length).toBe(1);
    const parts = ({ n }: Row) => [{ n }];
    expect(textless(zip(rows(), rows().pipe(flatMap(parts.bind(null)), indexed())))).toEqual(["flatMap"]);
  });
});
