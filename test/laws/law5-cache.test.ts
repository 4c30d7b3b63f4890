import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dataset, identifyFile, lmdbStore, memoryStore, type Store, tieredStore } from "voxrx";
import type { FunctionContext, Operator } from "voxrx/extend";
import { cacheUntilRandom, filter, map, mapAsync, shuffle } from "voxrx/operators";
import {
  anyChain,
  chained,
  countingShifts,
  type Link,
  opaque,
  randScale,
  reverse,
  scans,
  shift,
} from "../support/pipelines.ts";
import { spelledOut, valuesOf } from "../support/volumes.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-law5-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let made = 0;
const stores: Readonly<Record<string, () => Store>> = {
  memory: () => memoryStore(),
  lmdb: () => lmdbStore(join(folder, `lmdb-${made++}`)),
  tiered: () => tieredStore(memoryStore({ maxBytes: 500 }), lmdbStore(join(folder, `tiered-${made++}`))),
};

describe.each(Object.entries(stores))("law 5: with a cache or without, the items are the same (%s)", (_, make) => {
  test("wherever it stands, cold and warm, bounded or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyChain,
        fc.nat({ max: 6 }),
        fc.constantFrom({}, { cacheNum: 2 }, { cacheRate: 0.5 }, { cacheNum: 3, cacheRate: 0.9 }),
        async (chain, place, share) => {
          await using store = make();
          const at = Math.min(place, chain.length);
          const cached = chained(
            chained(scans(5), chain.slice(0, at)).pipe(cacheUntilRandom({ store, ...share })),
            chain.slice(at),
          );
          for (const epoch of [0, 1, 0]) {
            const wanted = await chained(scans(5), chain).epoch(epoch).toArray();
            expect((await cached.epoch(epoch).toArray()).map(spelledOut)).toEqual(wanted.map(spelledOut));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("what comes before the first random transform is computed once per item, the rest in every epoch", async () => {
    await using store = make();
    const chain: Link[] = [shift(1), reverse, shift(2), randScale, shift(3)];
    const ds = chained(scans(4), chain).pipe(cacheUntilRandom({ store }));
    const worked = await countingShifts(async () => {
      for (let epoch = 0; epoch < 3; epoch++) await ds.toArray();
    });
    expect(worked).toEqual(
      new Map([
        [1, 4],
        [2, 4],
        [3, 12],
      ]),
    );
    expect(ds.explain()).toMatch(/shift .*\[cached\][\s\S]*prefix ends before randScale, which is random/);
  });

  test("a function without a version ends the prefix, and explain says so; with one it is cached", async () => {
    await using store = make();
    expect(
      opaque
        .add(shift(1).add(scans(2)))
        .pipe(cacheUntilRandom({ store }))
        .explain(),
    ).toContain("ends before map, which is opaque");
    let calls = 0;
    const once = (n: number) => {
      calls++;
      return n + 1;
    };
    const ds = Dataset.from([1, 2]).pipe(map(once, { version: 1 }), cacheUntilRandom({ store }));
    await ds.toArray();
    expect(await ds.toArray()).toEqual([2, 3]);
    expect(calls).toBe(2);
  });

  test("a changed option, version or function never yields a stale item", async () => {
    await using store = make();
    const cached = (...chain: Link[]) => chained(scans(2), chain).pipe(cacheUntilRandom({ store }));
    const first = async (...chain: Link[]) => valuesOf((await cached(...chain).at(0)).image)[0];
    expect([
      await first(shift(1)),
      await first(shift(2)),
      await first(shift(1), shift(2)),
      await first(shift(1)),
    ]).toEqual([1, 2, 3, 1]);
    const mapped = (fn: (n: number) => number, version: number) =>
      Dataset.from([1])
        .pipe(map(fn, { name: "f", version }), cacheUntilRandom({ store }))
        .at(0);
    expect(await mapped((n) => n + 1, 1)).toBe(2);
    expect(await mapped((n) => n + 2, 1)).toBe(3);
    const added = (by: number) =>
      Dataset.from([1])
        .pipe(
          map((n, { options }) => n + options.by, { name: "added", version: 1, options: { by } }),
          cacheUntilRandom({ store }),
        )
        .at(0);
    expect([await added(1), await added(2), await added(1)]).toEqual([2, 3, 2]);
  });

  test("a list that grows, or comes in another order, keeps its entries", async () => {
    await using store = make();
    let calls = 0;
    const doubled = map(
      ({ n }: { n: number }) => {
        calls++;
        return n * 2;
      },
      { name: "doubled", version: 1 },
    );
    const of = (...list: number[]) =>
      Dataset.from(list.map((n) => ({ n })))
        .pipe(doubled, cacheUntilRandom({ store }))
        .toArray();
    expect(await of(1, 2)).toEqual([2, 4]);
    expect(await of(2, 3, 1)).toEqual([4, 6, 2]);
    expect(await of(3, 3)).toEqual([6, 6]);
    expect(calls).toBe(3);
  });

  test("items that differ only in what a function can see are other items: meta, fields that hold undefined, order of fields", async () => {
    await using store = make();
    const [image] = (await scans(1).toArray()).map((scan) => scan.image);
    if (!image) throw new Error("there is a scan");
    const items: readonly Readonly<Record<string, unknown>>[] = [
      { image, age: 3 },
      { age: 3, image },
      { image, age: 3, note: undefined },
      { image: image.withMeta({ source: "other.nii" }), age: 3 },
      { image: image.withMeta({ source: "other.nii", header: { a: 1 } }), age: 3 },
    ];
    const plain = Dataset.from(items).pipe(map((item) => ({ names: Object.keys(item), item }), { version: 1 }));
    const cached = plain.pipe(cacheUntilRandom({ store }));
    const wanted = (await plain.toArray()).map(inFull);
    for (let round = 0; round < 2; round++) expect((await cached.toArray()).map(inFull)).toEqual(wanted);
    expect((await store.stats()).entries).toBe(items.length);
  });

  test("a changed source item under the same key never yields a stale item", async () => {
    await using store = make();
    const of = (n: number) =>
      Dataset.from([{ n }]).pipe(
        map(({ n }) => n * 2, { version: 1 }),
        cacheUntilRandom({ store }),
      );
    expect(await of(1).at(0)).toBe(2);
    expect(await of(2).at(0)).toBe(4);
  });

  test("a rewritten file never yields a stale item, though its name, size and times look the same", async () => {
    await using store = make();
    const path = join(folder, `${Math.random()}.txt`);
    const read = map(
      async (file: string, context) => {
        context.dependsOn(await identifyFile(file));
        return readFile(file, "utf8");
      },
      { version: 1 },
    );
    await writeFile(path, "old");
    const ds = Dataset.from([path]).pipe(read, cacheUntilRandom({ store }));
    expect(await ds.at(0)).toBe("old");
    expect(await ds.at(0)).toBe("old");
    await writeFile(path, "new");
    expect(await ds.at(0)).toBe("new");
    expect((await store.stats()).stale).toBeGreaterThan(0);
  });

  test("files that an inner cache does not keep are known to an outer one", async () => {
    await using store = make();
    const path = join(folder, `${Math.random()}.txt`);
    const read = map(
      async (file: string, { dependsOn }) => {
        dependsOn(await identifyFile(file));
        return readFile(file, "utf8");
      },
      { version: 1 },
    );
    await writeFile(path, "old");
    const inner = cacheUntilRandom({ store: memoryStore(), cacheNum: 0 });
    const ds = Dataset.from([path]).pipe(
      read,
      inner,
      map((text) => `${text}!`, { version: 1 }),
      cacheUntilRandom({ store }),
    );
    expect([await ds.at(0), await ds.at(0)]).toEqual(["old!", "old!"]);
    await writeFile(path, "new");
    expect(await ds.at(0)).toBe("new!");
  });

  test("what comes out cannot be changed by a consumer, deterministic chain or not", async () => {
    for (const chain of [[shift(1)], [shift(1), randScale], [reverse]]) {
      await using store = make();
      const ds = chained(scans(2), chain).pipe(cacheUntilRandom({ store }));
      const wanted = spelledOut(await ds.at(0, { epoch: 0 }));
      for (let round = 0; round < 2; round++) {
        const item = await ds.at(0, { epoch: 0 });
        item.image.data.fill(99);
        Object.assign(item, { id: 77 });
      }
      expect(spelledOut(await ds.at(0, { epoch: 0 }))).toEqual(wanted);
    }
  });

  test("negative indices give the right item behind a bounded cache", async () => {
    await using store = make();
    const ds = Dataset.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).pipe(
      map((n) => n, { version: 1 }),
      cacheUntilRandom({ store, cacheRate: 0.8 }),
    );
    await ds.toArray();
    expect([await ds.at(-3), await ds.at(-10), await ds.at(-9)]).toEqual([7, 0, 1]);
    expect((await store.stats()).entries).toBe(8);
  });

  test("cacheNum = min(cacheNum, trunc(length * cacheRate), length)", async () => {
    for (const [length, cacheRate, kept] of [
      [10, 0.55, 5],
      [3, 0.5, 1],
      [7, 0.3, 2],
    ] as const) {
      await using store = make();
      const list = Array.from({ length }, (_, i) => i);
      await Dataset.from(list)
        .pipe(
          map((n) => n, { version: 1 }),
          cacheUntilRandom({ store, cacheRate }),
        )
        .toArray();
      expect((await store.stats()).entries).toBe(kept);
    }
  });

  test("one item is computed once though two runs miss at the same moment, and one of them leaves", async () => {
    await using store = make();
    let calls = 0;
    const slow = map(
      async (n: number) => {
        calls++;
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
        return n * 10;
      },
      { version: 1 },
    );
    const ds = Dataset.from([1, 2, 3]).pipe(slow, cacheUntilRandom({ store }));
    expect(await Promise.all([ds.toArray(), ds.toArray()])).toEqual([
      [10, 20, 30],
      [10, 20, 30],
    ]);
    expect(calls).toBe(3);
    const fresh = Dataset.from([7]).pipe(slow, cacheUntilRandom({ store }));
    const leaving = fresh.iterate();
    const pull = leaving.next();
    const staying = fresh.toArray();
    await new Promise((resolve) => setImmediate(resolve));
    await leaving.return();
    expect((await pull).done).toBe(true);
    expect(await staying).toEqual([70]);
  });

  test("a failure is not kept", async () => {
    await using store = make();
    let calls = 0;
    const flaky = map(
      (n: number) => {
        if (calls++ === 0) throw new Error("once");
        return n;
      },
      { version: 1 },
    );
    const ds = Dataset.from([1]).pipe(flaky, cacheUntilRandom({ store }));
    await expect(ds.at(0)).rejects.toThrow("once");
    expect(await ds.at(0)).toBe(1);
  });

  test("an item without identity is refused by name", async () => {
    await using store = make();
    const ds = Dataset.from([{ fn: () => 1 }]).pipe(
      map((item) => item, { version: 1 }),
      cacheUntilRandom({ store }),
    );
    await expect(ds.at(0)).rejects.toMatchObject({
      code: "VOXRX_UNCACHEABLE",
      item: "0",
      operator: "cacheUntilRandom",
    });
  });
});

describe("a function that is declared as deterministic", () => {
  type Ask = (context: FunctionContext) => unknown;
  const asks: Readonly<Record<string, Ask>> = {
    "a random number": (context) => context.random().next(),
    "the item's id": (context) => context.id,
    "the item's index": (context) => context.index,
  };
  const operators: Readonly<
    Record<string, (ask: Ask, version: number | undefined) => Operator<number, number, boolean>>
  > = {
    map: (ask, version) =>
      map((n: number, context) => {
        ask(context);
        return n;
      }, versioned(version)),
    mapAsync: (ask, version) =>
      mapAsync(async (n: number, context) => {
        ask(context);
        return n;
      }, versioned(version)),
    filter: (ask, version) =>
      filter((_: number, context) => {
        ask(context);
        return true;
      }, versioned(version)),
  };

  test.each(Object.keys(operators).flatMap((name) => Object.keys(asks).map((what) => [name, what] as const)))(
    "%s is refused %s, with a cache or without",
    async (name, what) => {
      const [make, ask] = [operators[name], asks[what]];
      if (!make || !ask) throw new Error("both are there");
      const list = Dataset.from([1, 2]);
      const refused = { code: "VOXRX_NOT_DETERMINISTIC", operator: name, item: "0" };
      const said = { ...refused, message: expect.stringContaining(`must not use ${what}`) };
      await expect(list.pipe(make(ask, 1)).toArray()).rejects.toMatchObject(said);
      const cached = list.pipe(make(ask, 1), cacheUntilRandom());
      await expect(cached.toArray()).rejects.toMatchObject({ code: "VOXRX_NOT_DETERMINISTIC", item: "0" });
      expect(await list.pipe(make(ask, undefined), cacheUntilRandom()).toArray()).toEqual([1, 2]);
    },
  );

  test("has options that are plain data, and a version with them", () => {
    const compose = (options: unknown) => () => map((n: number) => n, options as never);
    expect(compose({ options: { by: 1 } })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "map" }),
    );
    const withFunction = { version: 1, options: { by: () => 1 } };
    expect(compose(withFunction)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "map" }));
    expect(compose({ verson: 1 })).toThrow(/did you mean "version"/);
  });
});

test("a cache decides nothing of a plan: what decides the items is the same with it and without", () => {
  const chain = [shift(1), reverse, randScale, opaque];
  const identities = (ds: Dataset<unknown>): unknown[] => {
    const of = (stage: typeof ds.stage): unknown[] => [...stage.inputs.flatMap(of), stage.identity].flat();
    return of(ds.stage).filter((identity) => identity !== undefined);
  };
  const wanted = identities(chained(scans(3), chain));
  expect(wanted.length).toBeGreaterThan(4);
  for (let at = 0; at <= chain.length; at++) {
    const cached = chained(scans(3), chain.slice(0, at)).pipe(cacheUntilRandom(), cacheUntilRandom({ cacheNum: 1 }));
    expect(identities(chained(cached, chain.slice(at)))).toEqual(wanted);
  }
  expect(identities(scans(3).pipe(shuffle(), cacheUntilRandom()))).toEqual(identities(scans(3).pipe(shuffle())));
});

const versioned = (version: number | undefined) => (version === undefined ? {} : { version });

/** An item with all that can be seen of it, in the order in which it is seen. */
function inFull(value: unknown): string {
  return JSON.stringify(spelledOut(value), (_, inner: unknown) => (inner === undefined ? "undefined" : inner));
}
