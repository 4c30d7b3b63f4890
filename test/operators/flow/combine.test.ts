import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import {
  concat,
  filter,
  indexed,
  map,
  mapAsync,
  type ProgressReport,
  progress,
  repeat,
  skip,
  zip,
} from "voxrx/operators";
import { countingSource, turns } from "../../support/counting.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("zip pairs datasets as MONAI's ZipDataset", () => {
  test("as long as the shortest, one level of tuples and lists flattened", async () => {
    expect(await zip(Dataset.from(range(5)), Dataset.from(range(5)), Dataset.from(range(5))).at(0)).toEqual([0, 0, 0]);
    expect(zip(Dataset.from(range(3)), Dataset.from(range(4)), Dataset.from(range(5))).length).toBe(3);
    const middle = Dataset.from(range(4)).pipe(map((i) => [1, 2, i] as const));
    expect(await zip(Dataset.from(range(3)), middle, Dataset.from(range(5))).at(0)).toEqual([0, 1, 2, 0, 0]);
    expect(await zip(Dataset.from([[1, 2]]), Dataset.from([[3, [4]]]), Dataset.from([{ a: 1 }])).toArray()).toEqual([
      [1, 2, 3, [4], { a: 1 }],
    ]);
  });

  test("the end of one leg closes all", async () => {
    const long = countingSource();
    expect(await zip(long.source, Dataset.from([1, 2])).toArray()).toHaveLength(2);
    expect(long.counts.closed).toBe(1);
    expect(long.counts.produced).toBeLessThanOrEqual(3);
  });
});

describe("skip", () => {
  test("begins where an indexed dataset is then, and keeps the concurrency of what is before it", async () => {
    const [started, at] = [[] as number[], { once: 0, most: 0 }];
    const ds = Dataset.from(range(8)).pipe(
      mapAsync(
        async (n) => {
          started.push(n);
          at.most = Math.max(at.most, ++at.once);
          await turns(2);
          at.once--;
          return n;
        },
        { concurrency: 3 },
      ),
      skip(5),
    );
    expect(await ds.toArray()).toEqual([5, 6, 7]);
    expect(started).toEqual([5, 6, 7]);
    expect(at.most).toBe(3);
    expect(await ds.pipe(skip(2)).toArray()).toEqual([7]);
    expect(await ds.pipe(skip(9)).toArray()).toEqual([]);
    expect(
      await Dataset.from(() => range(8).values())
        .pipe(skip(6))
        .toArray(),
    ).toEqual([6, 7]);
  });
});

describe("concat and repeat", () => {
  test("give items by index across datasets, with keys that stay apart", async () => {
    const keys: string[] = [];
    const both = concat(Dataset.from(["a", "b"]), Dataset.from(["c"])).pipe(
      map((item, { key }) => {
        keys.push(key);
        return item;
      }),
    );
    expect([await both.at(2), await both.at(-3)]).toEqual(["c", "a"]);
    expect(await both.toArray()).toEqual(["a", "b", "c"]);
    expect(keys.slice(2)).toEqual(["0:0", "0:1", "1:0"]);
    expect(both.length).toBe(3);
  });

  test("what is drawn after repeat differs between passes, what is before it does not", async () => {
    const draw = (_: number, context: { random(): { next(): number } }) => context.random().next();
    const behind = await Dataset.from([1]).pipe(repeat(3), map(draw)).toArray();
    expect(new Set(behind).size).toBe(3);
    const before = await Dataset.from([1]).pipe(map(draw), repeat(3)).toArray();
    expect(new Set(before).size).toBe(1);
  });
});

describe("indexed", () => {
  test("lists a stream once, however many ask, and gives it by index", async () => {
    let runs = 0;
    const stream = Dataset.from(() => {
      runs++;
      return range(6);
    });
    const even = stream
      .pipe(
        filter((n) => n % 2 === 0),
        indexed(),
      )
      .asIndexed();
    expect(() => even.length).toThrow(expect.objectContaining({ code: "VOXRX_LENGTH_UNKNOWN" }));
    expect(await Promise.all([even.at(1), even.toArray(), even.at(-1)])).toEqual([2, [0, 2, 4], 4]);
    expect([runs, even.length]).toEqual([1, 3]);
  });

  test("lists what the stream gives in epoch 0, whichever epoch comes first", async () => {
    const drawn = () =>
      Dataset.from(() => range(4)).pipe(
        map((_, { random }) => random().next()),
        indexed(),
      );
    const wanted = await drawn().toArray();
    const other = drawn();
    expect(await other.epoch(3).toArray()).toEqual(wanted);
    expect(await other.toArray()).toEqual(wanted);
    const seeded: number[] = [];
    for await (const n of other.iterate({ seed: 9 })) seeded.push(n);
    expect(seeded).not.toEqual(wanted);
    expect(await other.toArray()).toEqual(wanted);
  });

  test("goes on listing for one run when the run that began it is closed", async () => {
    const listed = Dataset.from(async function* () {
      for (const n of range(4)) {
        await turns(2);
        yield n;
      }
    }).pipe(indexed());
    const leaving = listed.iterate();
    const pull = leaving.next();
    const staying = listed.toArray();
    await turns(3);
    await leaving.return();
    expect((await pull).done).toBe(true);
    expect(await staying).toEqual(range(4));
  });

  test("a listing that failed is tried again, and one that is too long is refused", async () => {
    let runs = 0;
    const flaky = Dataset.from(() => {
      if (runs++ === 0) throw new Error("not yet");
      return [1, 2];
    }).pipe(indexed());
    await expect(flaky.toArray()).rejects.toThrow("not yet");
    expect(await flaky.toArray()).toEqual([1, 2]);
    await expect(
      Dataset.from(() => range(5))
        .pipe(indexed({ maxItems: 4 }))
        .toArray(),
    ).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  });
});

test("a lazy list is found once, by the first that needs it, and its length is known after ready()", async () => {
  let calls = 0;
  const ds = Dataset.lazy(async () => {
    calls++;
    await turns(1);
    return ["a", "b"];
  });
  expect(() => ds.length).toThrow(expect.objectContaining({ code: "VOXRX_LENGTH_UNKNOWN" }));
  await Promise.all([ds.ready(), ds.toArray(), ds.at(0)]);
  expect([calls, ds.length]).toEqual([1, 2]);
});

test("progress reports items, total and the end, once", async () => {
  const reports: ProgressReport[] = [];
  const ds = Dataset.from([1, 2, 3]).pipe(progress({ everyMs: 0, report: (report) => void reports.push(report) }));
  await ds.toArray();
  expect(reports.map(({ items, total, done }) => [items, total, done])).toEqual([
    [1, 3, false],
    [2, 3, false],
    [3, 3, false],
    [3, 3, true],
  ]);
  reports.length = 0;
  for await (const _ of ds) break;
  expect(reports.at(-1)).toMatchObject({ items: 1, epoch: 1, done: true });
});

test("toArray refuses more bytes than it was told", async () => {
  const ds = Dataset.from(range(10)).pipe(map(() => new Uint8Array(1000)));
  await expect(ds.toArray({ maxBytes: 2500 })).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  expect(await ds.toArray({ maxBytes: "1MB" })).toHaveLength(10);
});
