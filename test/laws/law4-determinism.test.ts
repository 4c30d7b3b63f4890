import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, originOf } from "voxrx";
import { cacheUntilRandom, map, mapAsync, prefetch, shuffle, tap, zip } from "voxrx/operators";
import { anyChain, chained, randScale, type Scan, scans, shift } from "../support/pipelines.ts";
import { spelledOut } from "../support/volumes.ts";

async function later(item: Scan): Promise<Scan> {
  await new Promise((resolve) => setImmediate(resolve));
  return item;
}

describe("law 4: randomness comes from seed, epoch, item key and position, and nothing else", () => {
  test("an epoch is byte-identical for any concurrency, prefetch, cache and order of asking", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyChain,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom("mapAsync", "prefetch", "cache", "at", "subscribe"),
        async (chain, concurrency, epoch, way) => {
          const plain = chained(scans(5), chain);
          const wanted = (await plain.epoch(epoch).toArray()).map(spelledOut);
          const again = chained(scans(5), chain);
          const varied = {
            mapAsync: () => chained(scans(5).pipe(mapAsync(later, { concurrency })), chain),
            prefetch: () => again.pipe(prefetch({ buffer: concurrency, concurrency })),
            cache: () => again.pipe(cacheUntilRandom()),
            at: () => again,
            subscribe: () => again,
          }[way]();
          const got: unknown[] = [];
          if (way === "at") for (const i of [4, 2, 0, 1, 3]) got[i] = spelledOut(await varied.at(i, { epoch }));
          else if (way === "subscribe")
            await new Promise<void>((complete, error) =>
              varied.epoch(epoch).subscribe({ next: (item) => got.push(spelledOut(item)), complete, error }),
            );
          else got.push(...(await varied.epoch(epoch).toArray()).map(spelledOut));
          expect(got).toEqual(wanted);
        },
      ),
      { numRuns: 80 },
    );
  });

  test("seed, epoch and key each change what is drawn; an added deterministic transform does not", async () => {
    const values = async (seed: number, epoch: number) =>
      (await randScale.add(scans(4, seed)).epoch(epoch).toArray()).map(spelledOut);
    expect(await values(0, 0)).toEqual(await values(0, 0));
    expect(await values(0, 0)).not.toEqual(await values(1, 0));
    expect(await values(0, 0)).not.toEqual(await values(0, 1));
    const drawn = async (chain: Parameters<typeof chained>[1]) =>
      (await chained(scans(6), chain).toArray()).map((item) => originOf(item)?.draws.map(({ params }) => params));
    expect(await drawn([shift(1), randScale])).toEqual(await drawn([randScale]));
    const [first, second] = [await drawn([randScale]), await drawn([randScale, randScale])];
    expect(second.map((draws) => draws?.[0])).not.toEqual(second.map((draws) => draws?.[1]));
    expect(first).not.toEqual(second);
  });

  test("the n-th run is epoch n; looking at items is no run; both legs of zip(ds, ds) agree", async () => {
    const source = Dataset.from([1, 2, 3]).pipe(map((_, context) => context.random().next()));
    const [zero, one] = [await source.toArray(), await source.toArray()];
    expect(zero).not.toEqual(one);
    expect(await source.epoch(0).toArray()).toEqual(zero);
    await source.peek();
    await source.at(0);
    source.explain();
    expect(await source.toArray()).toEqual(await source.epoch(2).toArray());
    expect(await source.epochs(0, 2).toArray()).toEqual([...zero, ...one]);
    for (const [left, right] of await zip(source, source).toArray()) expect(left).toBe(right);
  });

  test("two runs at once are epochs n and n + 1", async () => {
    const seen: number[] = [];
    const ds = Dataset.from(({ epoch }) => [epoch]).pipe(tap((epoch) => seen.push(epoch)));
    await Promise.all([ds.toArray(), ds.toArray()]);
    expect(seen.sort()).toEqual([0, 1]);
  });

  test("a shuffle is a permutation, another one in every epoch, the same one for a seed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 300 }), fc.integer(), async (length, seed) => {
        const list = Array.from({ length }, (_, i) => i);
        const ds = Dataset.from(list).pipe(shuffle({ seed }));
        const first = await ds.toArray();
        expect([...first].sort((a, b) => a - b)).toEqual(list);
        expect(await ds.epoch(0).toArray()).toEqual(first);
        if (length > 20) expect(await ds.toArray()).not.toEqual(first);
        const stream = Dataset.from(() => list.values()).pipe(shuffle({ seed, buffer: 7 }));
        expect((await stream.toArray()).sort((a, b) => a - b)).toEqual(list);
      }),
      { numRuns: 40 },
    );
  });

  test("every place of a shuffle is about equally likely to come first", async () => {
    const counts = new Array<number>(10).fill(0);
    const ds = Dataset.from(Array.from({ length: 10 }, (_, i) => i)).pipe(shuffle());
    for (let epoch = 0; epoch < 2000; epoch++) {
      const first = await ds.at(0, { epoch });
      counts[first] = (counts[first] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(75);
  });
});
