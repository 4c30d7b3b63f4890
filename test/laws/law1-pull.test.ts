import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import {
  batch,
  filter,
  flatMap,
  map,
  mapAsync,
  prefetch,
  progress,
  repeat,
  shuffle,
  skip,
  take,
  tap,
  zip,
} from "voxrx/operators";
import { countingSource, takeAndLeave, turns } from "../support/counting.ts";

describe("law 1: nothing is computed that nobody has asked for", () => {
  test("composing, explaining and making an iterator produce nothing", async () => {
    const { source, counts } = countingSource();
    const ds = source.pipe(
      map((n) => n + 1),
      prefetch(4),
      batch(2),
    );
    ds.explain();
    ds[Symbol.asyncIterator]();
    await turns();
    expect(counts).toEqual({ opened: 0, closed: 0, produced: 0 });
  });

  test("a source has produced what the consumer took, for every chain without a window", async () => {
    const links: readonly ((source: Dataset<number>) => Dataset<number>)[] = [
      (source) => source.pipe(map((n) => n + 1)),
      (source) => source.pipe(map(async (n) => n + 1)),
      (source) => source.pipe(tap(() => undefined)),
      (source) => source.pipe(progress({ onProgress: () => undefined })),
      (source) => source.pipe(take(500)),
    ];
    const chains = fc.array(fc.constantFrom(...links), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(chains, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (chain, taken, later) => {
        const { source, counts } = countingSource({ later });
        const ds = chain.reduce((sofar, link) => link(sofar), source);
        await takeAndLeave(ds, taken);
        await turns(3);
        expect(counts.produced).toBe(taken);
      }),
      { numRuns: 60 },
    );
  });

  test("a batch takes its size, a filter what it drops, patches one item, a zip one of each", async () => {
    const { source, counts } = countingSource();
    await takeAndLeave(source.pipe(batch(3)), 2);
    expect(counts.produced).toBe(6);
    const odd = countingSource();
    await takeAndLeave(odd.source.pipe(filter((n) => n % 2 === 1)), 3);
    expect(odd.counts.produced).toBe(6);
    const patched = countingSource();
    await takeAndLeave(patched.source.pipe(flatMap((n) => [n, n, n])), 4);
    expect(patched.counts.produced).toBe(2);
    const [left, right] = [countingSource(), countingSource()];
    await takeAndLeave(zip(left.source, right.source), 3);
    expect([left.counts.produced, right.counts.produced]).toEqual([3, 3]);
  });

  test("take(n) pulls n and closes; take(0) opens nothing; skip of an indexed dataset computes nothing of what is skipped", async () => {
    const { source, counts } = countingSource();
    expect(await source.pipe(take(3)).toArray()).toEqual([0, 1, 2]);
    expect(counts).toEqual({ opened: 1, closed: 1, produced: 3 });
    const none = countingSource();
    expect(await none.source.pipe(take(0)).toArray()).toEqual([]);
    expect(none.counts.opened).toBe(0);
    const computed: number[] = [];
    const ds = Dataset.from([0, 1, 2, 3]).pipe(
      tap((n) => computed.push(n)),
      skip(2),
    );
    expect(await ds.toArray()).toEqual([2, 3]);
    expect(computed).toEqual([2, 3]);
  });

  test("windows are what was declared: concurrency for mapAsync, items + concurrency for prefetch, buffer for shuffle", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        async (concurrency, buffer, taken) => {
          const mapped = countingSource();
          await takeAndLeave(mapped.source.pipe(mapAsync(async (n) => n, { concurrency })), taken);
          expect(mapped.counts.produced).toBeLessThanOrEqual(taken + concurrency);
          const fetched = countingSource();
          const iterator = fetched.source.pipe(prefetch({ buffer, concurrency })).iterate();
          for (let i = 0; i < taken; i++) await iterator.next();
          await turns(50);
          expect(fetched.counts.produced).toBeLessThanOrEqual(taken + buffer + concurrency);
          expect(fetched.counts.produced).toBeGreaterThanOrEqual(taken + buffer);
          await iterator.return();
          const shuffled = countingSource();
          await takeAndLeave(shuffled.source.pipe(shuffle({ buffer: buffer })), taken);
          expect(shuffled.counts.produced).toBe(taken + buffer - 1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("prefetch holds no more bytes than declared, counting what is in work", async () => {
    const { source, counts } = countingSource();
    const ds = source.pipe(
      map(() => new Uint8Array(1000)),
      prefetch({ buffer: 100, maxBytes: 3500 }),
    );
    const iterator = ds.iterate();
    await iterator.next();
    await turns(50);
    expect(counts.produced).toBe(1 + 3);
    await iterator.return();
  });

  test("at(i) computes one item; peek computes one and is no run", async () => {
    const computed: number[] = [];
    const ds = Dataset.from([5, 6, 7]).pipe(tap((n) => computed.push(n)));
    expect(await ds.at(1)).toBe(6);
    expect(await ds.peek()).toBe(5);
    expect(computed).toEqual([6, 5]);
    expect(ds.explain()).toContain("epoch 0 is next");
  });

  test("repeat opens the source once for each pass, when its turn comes", async () => {
    const { source, counts } = countingSource({ length: 2 });
    await takeAndLeave(source.pipe(repeat(5)), 3);
    expect(counts).toEqual({ opened: 2, closed: 2, produced: 3 });
  });
});
