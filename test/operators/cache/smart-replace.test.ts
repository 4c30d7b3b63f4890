import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, memoryStore } from "voxrx";
import { filter, map, onError, smartReplace } from "voxrx/operators";
import { turns } from "../../support/counting.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function epochs(length: number, options: Parameters<typeof smartReplace>[0], count: number): Promise<number[][]> {
  const ds = Dataset.from(upTo(length)).pipe(
    map((n) => n, { version: 1 }),
    smartReplace(options),
  );
  const rotations: number[][] = [];
  for (let epoch = 0; epoch < count; epoch++) rotations.push(await ds.toArray());
  return rotations;
}

describe("smartReplace gives the items of MONAI's SmartCacheDataset", () => {
  test("items 1 to 5, a rotation of 4, a quarter replaced", async () => {
    expect(await epochs(5, { cacheNum: 4, replaceRate: 0.25 }, 6)).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4, 5],
      [3, 4, 5, 1],
      [4, 5, 1, 2],
      [5, 1, 2, 3],
      [1, 2, 3, 4],
    ]);
  });

  test("the number replaced is rounded up, and limited by what is outside of the rotation", async () => {
    expect(await epochs(10, { cacheNum: 4, replaceRate: 0.3 }, 6)).toEqual([
      [1, 2, 3, 4],
      [3, 4, 5, 6],
      [5, 6, 7, 8],
      [7, 8, 9, 10],
      [9, 10, 1, 2],
      [1, 2, 3, 4],
    ]);
    expect(await epochs(10, { cacheNum: 8, replaceRate: 0.5 }, 4)).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [3, 4, 5, 6, 7, 8, 9, 10],
      [5, 6, 7, 8, 9, 10, 1, 2],
      [7, 8, 9, 10, 1, 2, 3, 4],
    ]);
    expect(await epochs(7, { cacheNum: 7, replaceRate: 0.5 }, 2)).toEqual([upTo(7), upTo(7)]);
    expect(await epochs(3, { cacheNum: 10 }, 2)).toEqual([upTo(3), upTo(3)]);
    expect(await epochs(5, { cacheNum: 3, replaceRate: 0.01 }, 2)).toEqual([
      [1, 2, 3],
      [2, 3, 4],
    ]);
    expect(await epochs(10, { cacheRate: 0.55, replaceRate: 0.5 }, 1)).toEqual([upTo(5)]);
  });

  test("shuffled with a seed as NumPy shuffles: 20 items, 16 held, seed 123", async () => {
    const ds = Dataset.from(Array.from({ length: 20 }, (_, i) => i)).pipe(
      smartReplace({ cacheNum: 16, replaceRate: 0.1, shuffle: true, seed: 123 }),
    );
    const last: (number | undefined)[] = [];
    for (const epoch of [1, 2, 3]) last.push((await ds.epoch(epoch).toArray()).at(-1));
    expect(last).toEqual([18, 13, 5]);
  });

  test("the rotation of an epoch is known from its number, whichever epochs came before", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }),
        async (length, cacheNum, replaceRate, order) => {
          const wanted = await epochs(length, { cacheNum, replaceRate }, 10);
          const ds = Dataset.from(upTo(length)).pipe(
            map((n) => n, { version: 1 }),
            smartReplace({ cacheNum, replaceRate }),
          );
          for (const epoch of order) expect(await ds.epoch(epoch).toArray()).toEqual(wanted[epoch]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

test("replacements are computed while the epoch runs, and only once", async () => {
  const events: string[] = [];
  const ds = Dataset.from(upTo(5)).pipe(
    map(
      (n) => {
        events.push(`compute ${n}`);
        return n;
      },
      { version: 1 },
    ),
    smartReplace({ cacheNum: 3, replaceRate: 0.5 }),
  );
  for await (const n of ds) {
    await turns(10);
    events.push(`train ${n}`);
  }
  expect(events.indexOf("compute 4")).toBeLessThan(events.indexOf("train 2"));
  expect(events.indexOf("compute 5")).toBeLessThan(events.indexOf("train 3"));
  events.length = 0;
  expect(await ds.toArray()).toEqual([3, 4, 5]);
  expect(events.filter((event) => event.startsWith("compute") && /[345]/.test(event))).toEqual([]);
});

test("equal items share what is computed, and it stays until no place of the rotation needs it", async () => {
  const computed: number[] = [];
  const ds = Dataset.from([1, 2, 1, 3]).pipe(
    map(
      (n) => {
        computed.push(n);
        return n;
      },
      { version: 1 },
    ),
    smartReplace({ cacheNum: 2, replaceRate: 0.5 }),
  );
  const epochs: number[][] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    const seen: number[] = [];
    for await (const n of ds) {
      await turns(10);
      seen.push(n);
    }
    epochs.push(seen);
  }
  expect(epochs).toEqual([
    [1, 2],
    [2, 1],
    [1, 3],
  ]);
  expect(computed).toEqual([1, 2, 3]);
});

test("the rotation holds no more than its items and the next replacements", async () => {
  await using store = memoryStore();
  const ds = Dataset.from(upTo(20)).pipe(
    map((n) => n, { version: 1 }),
    smartReplace({ cacheNum: 5, replaceRate: 0.4, store }),
  );
  for (let epoch = 0; epoch < 8; epoch++) {
    for await (const _ of ds) await turns(3);
    expect((await store.stats()).entries).toBeLessThanOrEqual(5 + 2);
  }
});

test("one bad item is an error of its own turn, and never a hang", async () => {
  const bad = map(
    (n: number) => {
      if (n === 4) throw new Error("bad scan");
      return n;
    },
    { version: 1 },
  );
  const ds = Dataset.from(upTo(5)).pipe(bad, smartReplace({ cacheNum: 3, replaceRate: 0.3 }));
  expect(await ds.toArray()).toEqual([1, 2, 3]);
  await expect(ds.toArray()).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", item: "3" });
  const skipping = ds.pipe(onError({ skip: true, onSkip: () => undefined }));
  expect(await skipping.epoch(1).toArray()).toEqual([2, 3]);
  expect(await skipping.epoch(3).toArray()).toEqual([5, 1]);
});

test("stopping in the middle and starting again leaves the rotations right", async () => {
  const ds = Dataset.from(upTo(5)).pipe(
    map((n) => n, { version: 1 }),
    smartReplace({ cacheNum: 4, replaceRate: 0.25 }),
  );
  for await (const _ of ds) break;
  expect(await ds.toArray()).toEqual([2, 3, 4, 5]);
  expect(await ds.toArray()).toEqual([3, 4, 5, 1]);
  expect(ds.length).toBe(4);
  expect(await ds.at(-1, { epoch: 1 })).toBe(5);
});

test("a source of another length gets a rotation of its own", async () => {
  let list = upTo(10);
  const make = () => Dataset.lazy(() => list).pipe(smartReplace({ cacheNum: 4, replaceRate: 0.5 }));
  expect(await make().epoch(1).toArray()).toEqual([3, 4, 5, 6]);
  list = upTo(4);
  expect(await make().epoch(1).toArray()).toEqual([1, 2, 3, 4]);
});

test("a stream has no rotation, and composing says so", () => {
  const stream = Dataset.from(upTo(5)).pipe(
    filter(() => true),
    map((n) => n),
  );
  expect(() => stream.pipe(smartReplace())).toThrow(expect.objectContaining({ code: "VOXRX_NOT_INDEXED" }));
  expect(() => smartReplace({ replaceRate: 0 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
});
