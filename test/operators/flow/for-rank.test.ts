import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Checkpoint, Dataset, mergeCheckpoints } from "voxrx";
import { balance, batch, concat, filter, forRank, map, mix, onError, prefetch, shuffle, take } from "voxrx/operators";
import { runsOf } from "../../support/long.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
type Uneven = "keep" | "pad" | "drop";

/** What each rank gets in an epoch. */
function shares(dataset: Dataset<number>, worldSize: number, { uneven = "keep" as Uneven, epoch = 0 } = {}) {
  const indexed = dataset.asIndexed();
  return Promise.all(
    numbers(worldSize).map((rank) => indexed.pipe(forRank({ rank, worldSize, uneven })).toArray({ epoch })),
  );
}

/** The items of all ranks, step by step. */
const interleaved = <T>(ranks: readonly (readonly T[])[]): T[] =>
  numbers(Math.max(...ranks.map(({ length }) => length))).flatMap((step) =>
    ranks.flatMap((items) => items.slice(step, step + 1)),
  );

describe("forRank", () => {
  test("gives each item to exactly one rank, in one order for any number of ranks", async () => {
    const [whole = []] = await shares(Dataset.from(numbers(23)), 1);
    expect(whole.toSorted((a, b) => a - b)).toEqual(numbers(23));
    for (const worldSize of [2, 3, 5, 23, 30]) {
      expect(interleaved(await shares(Dataset.from(numbers(23)), worldSize))).toEqual(whole);
    }
  });

  test("keeps the order of a shuffle before it, and can leave it as it is", async () => {
    const shuffled = Dataset.from(numbers(20)).pipe(shuffle({ seed: 4 }));
    expect(interleaved(await shares(shuffled, 3))).toEqual(await shuffled.toArray({ epoch: 0 }));
    const plain = Dataset.from(numbers(6)).pipe(forRank({ rank: 1, worldSize: 2, shuffle: false }));
    expect(await plain.toArray()).toEqual([1, 3, 5]);
  });

  test("shuffles what comes in regular turns, so that no rank has one class only", async () => {
    const items = numbers(40).map((n) => ({ n, kind: n < 10 ? "rare" : "common" }));
    const halves = [shuffle({ seed: 1 })(Dataset.from(items.slice(0, 20))), Dataset.from(items.slice(20))] as const;
    const sources = {
      balanced: Dataset.from(items).pipe(balance({ by: "kind" })),
      "shuffled, then balanced": Dataset.from(items).pipe(shuffle(), balance({ by: "kind" })),
      mixed: mix([{ dataset: halves[0] }, { dataset: halves[1] }]),
      "shuffled, in one epoch only": Dataset.from(items).pipe(shuffle()).epoch(3),
    };
    for (const [name, dataset] of Object.entries(sources)) {
      const indexed = dataset.asIndexed();
      const read = (rank: number, epoch: number) => indexed.pipe(forRank({ rank, worldSize: 2 })).toArray({ epoch });
      const [first, again] = [await read(0, 0), await read(0, 1)];
      expect(new Set(first.map(({ kind }) => kind)), name).toEqual(new Set(["rare", "common"]));
      const ns = (list: typeof first) => list.map(({ n }) => n).toSorted((a, b) => a - b);
      expect(ns(again), name).not.toEqual(ns(first));
    }
    const joined = concat(Dataset.from(items).pipe(shuffle()), Dataset.from(items).pipe(shuffle({ seed: 2 })));
    const whole = await joined.toArray({ epoch: 0 });
    const ranks = [0, 1].map((rank) => joined.pipe(forRank({ rank, worldSize: 2 })).toArray({ epoch: 0 }));
    expect(interleaved(await Promise.all(ranks))).toEqual(whole);
  });

  test("mixes the items between the ranks in every epoch", async () => {
    const dataset = Dataset.from(numbers(40));
    const seen = await Promise.all(numbers(4).map((epoch) => shares(dataset, 2, { epoch })));
    const ofFirst = new Set(seen.map(([first = []]) => first.toSorted((a, b) => a - b).join()));
    expect(ofFirst.size).toBe(4);
  });

  test.each<[Uneven, number[]]>([
    ["keep", [4, 3, 3]],
    ["pad", [4, 4, 4]],
    ["drop", [3, 3, 3]],
  ])("with uneven %s, 10 items make shares of %j", async (uneven, lengths) => {
    const ranks = await shares(Dataset.from(numbers(10)), 3, { uneven });
    expect(ranks.map(({ length }) => length)).toEqual(lengths);
    const { length } = Dataset.from(numbers(10)).pipe(forRank({ rank: 2, worldSize: 3, uneven }));
    expect(length).toBe(lengths[2]);
  });

  test("pads with the first items of the order, under other ids, as often as needed", async () => {
    const ids: string[] = [];
    const padded = (rank: number) =>
      Dataset.from(numbers(2)).pipe(
        forRank({ rank, worldSize: 5, uneven: "pad", shuffle: false }),
        map((n, { id }) => {
          ids.push(id);
          return n;
        }),
      );
    expect((await Promise.all(numbers(5).map((rank) => padded(rank).toArray()))).flat()).toEqual([0, 1, 0, 1, 0]);
    expect(ids.toSorted()).toEqual(["0", "0~1", "0~2", "1", "1~1"]);
    expect(await shares(Dataset.from(numbers(0)), 2, { uneven: "pad" })).toEqual([[], []]);
  });

  test("refuses a stream and a rank that there is not", () => {
    expect(() => Dataset.from(() => [1]).pipe(forRank({ rank: 0, worldSize: 1 }))).toThrow(
      expect.objectContaining({ code: "VOXRX_NOT_INDEXED", operator: "forRank" }),
    );
    expect(() => forRank({ rank: 2, worldSize: 2 })).toThrow(/rank must be below worldSize/);
  });
});

const throughJson = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint));

/** Runs all ranks to some number of items each; returns what they read, and their checkpoints. */
async function stopped(
  build: (rank: number, worldSize: number) => Dataset<number>,
  stops: readonly number[],
  from?: Checkpoint,
) {
  const read: number[][] = [];
  const checkpoints: Checkpoint[] = [];
  for (const [rank, stop] of stops.entries()) {
    const run = build(rank, stops.length).iterate(from ? { from } : { epoch: 3 });
    const items: number[] = [];
    for (let n = 0; n < stop; n++) {
      const step = await run.next();
      if (step.done) break;
      items.push(step.value);
    }
    read.push(items);
    checkpoints.push(throughJson(run.checkpoint()));
    await run.return();
  }
  return { read, checkpoints };
}

const trained =
  (count: number, uneven: Uneven = "keep") =>
  (rank: number, worldSize: number) =>
    Dataset.from(numbers(count)).pipe(
      forRank({ rank, worldSize, uneven }),
      map((n) => {
        if (n === 3) throw new Error("bad");
        return n;
      }),
      filter((n) => n !== 4),
      prefetch({ buffer: 3 }),
      onError({ skip: true, onSkip: () => undefined }),
    );

const everything = Number.MAX_SAFE_INTEGER;

describe("checkpoints of ranks", () => {
  test("continue any number of ranks with what none has read, merged again and again", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
        async (count, parts) => {
          const read: number[] = [];
          let from: Checkpoint | undefined;
          for (const stops of parts) {
            const part = await stopped(trained(count), stops, from);
            read.push(...part.read.flat());
            from = mergeCheckpoints(part.checkpoints.toReversed());
            expect(from.items).toBe(read.length);
          }
          const rest = await stopped(trained(count), [everything, everything, everything], from);
          read.push(...rest.read.flat());
          expect(read.toSorted((a, b) => a - b)).toEqual(numbers(count).filter((n) => n !== 3 && n !== 4));
        },
      ),
      { numRuns: runsOf(200) },
    );
  });

  test("of ranks in step keep the one order, also with padding", async () => {
    for (const uneven of ["keep", "pad", "drop"] as const) {
      const build = (rank: number, worldSize: number) =>
        Dataset.from(numbers(22)).pipe(forRank({ rank, worldSize, uneven }));
      const all = [everything, everything, everything, everything];
      const whole = interleaved((await stopped(build, all)).read);
      const { read, checkpoints } = await stopped(build, [2, 2, 2, 2]);
      const rest = await stopped(build, all, mergeCheckpoints(checkpoints));
      expect([...interleaved(read), ...interleaved(rest.read)]).toEqual(whole);
    }
  });

  test("stay small for many ranks in step, however often they are merged", async () => {
    const build = (rank: number, worldSize: number) =>
      Dataset.from(numbers(2000)).pipe(forRank({ rank, worldSize, uneven: "keep" }));
    const whole = interleaved((await stopped(build, [everything])).read);
    const read: number[] = [];
    let from: Checkpoint | undefined;
    for (let part = 0; part < 4; part++) {
      const { read: items, checkpoints } = await stopped(
        build,
        numbers(256).map(() => 1),
        from,
      );
      read.push(...interleaved(items));
      from = mergeCheckpoints(checkpoints);
      expect(JSON.stringify(from).length).toBeLessThan(300);
    }
    const ahead = await stopped(build, [3, 3, 2, 2], from);
    from = mergeCheckpoints(ahead.checkpoints);
    expect(JSON.stringify(from).length).toBeLessThan(300);
    const rest = await stopped(build, [everything], from);
    expect([...read, ...interleaved(ahead.read), ...interleaved(rest.read)]).toEqual(whole);
  });

  test("continue their own rank only", async () => {
    const { checkpoints, read } = await stopped(trained(20), [3, 4]);
    const [first, second] = checkpoints;
    if (!first || !second) throw new Error("there are two ranks");
    const whole = (await stopped(trained(20), [everything, everything])).read;
    expect(await trained(20)(1, 2).toArray({ from: second })).toEqual(whole[1]?.slice(read[1]?.length));
    for (const [rank, worldSize] of [
      [0, 2],
      [1, 3],
    ] as const) {
      await expect(trained(20)(rank, worldSize).toArray({ from: second })).rejects.toMatchObject({
        code: "VOXRX_OTHER_PLAN",
        message: expect.stringContaining(`rank 1 of 2, and this is rank ${rank} of ${worldSize}`),
      });
    }
    const end = await stopped(trained(20), [everything, everything]);
    await expect(trained(20)(0, 2).toArray({ from: end.checkpoints[1] ?? first })).rejects.toThrow(/rank 1 of 2/);
  });

  test("of batches are merged at the items, not at the batches", async () => {
    const build = (rank: number, worldSize: number) =>
      Dataset.from(numbers(21)).pipe(forRank({ rank, worldSize }), batch({ size: 4, collate: "list" }));
    const runs = [0, 1].map((rank) => build(rank, 2).iterate({ epoch: 0 }));
    const read: number[] = [];
    for (const [n, run] of runs.entries()) {
      for (let left = 1 + 2 * n; left > 0; left--) read.push(...((await run.next()).value ?? []));
    }
    const from = mergeCheckpoints(runs.map((run) => run.checkpoint()));
    for (const run of runs) await run.return();
    for (const rank of [0, 1, 2]) read.push(...(await build(rank, 3).toArray({ from })).flat());
    expect(read.toSorted((a, b) => a - b)).toEqual(numbers(21));
  });

  test("are not merged if they don't belong together", async () => {
    const { checkpoints } = await stopped(trained(20), [2, 2, 2]);
    const [a, b, c] = checkpoints;
    if (!a || !b || !c) throw new Error("there are three ranks");
    expect(() => mergeCheckpoints([])).toThrow(/there are no checkpoints/);
    expect(() => mergeCheckpoints([a, b])).toThrow(/of 3 ranks, and there are 2/);
    expect(() => mergeCheckpoints([a, b, b])).toThrow(/rank 1 is given twice/);
    expect(() => mergeCheckpoints([a, b, { ...c, epoch: 1 }])).toThrow(/epoch/);
    const other = await stopped(trained(21), [2]);
    expect(() => mergeCheckpoints([a, b, ...other.checkpoints])).toThrow(/different plans/);
    const counted = (rank: number, worldSize: number) =>
      Dataset.from(numbers(20)).pipe(forRank({ rank, worldSize }), take(5));
    const uneven = await stopped(counted, [1, 2]);
    expect(() => mergeCheckpoints(uneven.checkpoints)).toThrow(/an operator after forRank/);
    const alone = await stopped(() => Dataset.from(numbers(9)), [2]);
    expect(() => mergeCheckpoints(alone.checkpoints)).toThrow(/no forRank/);
  });
});
