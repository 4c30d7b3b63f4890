import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { Dataset, memoryStore, type Profile, Volume } from "voxrx";
import * as op from "voxrx/operators";
import { onThreads } from "../support/worker-program.ts";

afterEach(() => vi.restoreAllMocks());

/** A clock that only the work of a test moves. */
function stoppedClock(): { passes(ms: number): void } {
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  return {
    passes(ms) {
      clock += ms;
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

const stageOf = ({ stages }: Profile, name: string) => stages.find((stage) => stage.name === name);

const scans = (count: number) =>
  numbers(count).map((n) => ({ image: new Volume({ data: new Float32Array(64).fill(n), shape: [1, 4, 4, 4] }) }));

test("the time of a run is shared among work, waiting for input and waiting for the consumer", async () => {
  const clock = stoppedClock();
  const slow = op.map(
    async (n: number) => {
      await undefined;
      clock.passes(30);
      return n;
    },
    { name: "slow" },
  );
  const run = Dataset.from(numbers(4)).pipe(slow, op.batch(2)).iterate({ watch: true });
  for await (const _ of run) clock.passes(40);
  const profile = run.profile();
  expect(profile).toMatchObject({ ms: 200, items: 2, done: true, waitsForConsumer: 0.4 });
  expect(stageOf(profile, "map slow")).toMatchObject({ items: 4, ms: 120, busy: 0.6, waitsForConsumer: 0.4 });
  expect(stageOf(profile, "batch")).toMatchObject({ items: 2, busy: 0, waitsForInput: 0.6, waitsForConsumer: 0.4 });
  expect(profile.bottleneck.name).toBe("map slow");
});

test("a pipeline that waits for its consumer says so, and the most that faster loading could give", async () => {
  const clock = stoppedClock();
  const run = Dataset.from(numbers(3))
    .pipe(op.tap(() => clock.passes(10)))
    .iterate({ watch: true });
  for await (const _ of run) clock.passes(40);
  const { bottleneck } = run.profile();
  expect(bottleneck).toMatchObject({ name: "consumer", share: 0.8, advice: [] });
  expect(bottleneck.sentence).toContain("at most 1.25 times as fast");
});

test("what limits a run is named, with what to change: a cache, threads, look-ahead, or nothing more", async () => {
  const clock = stoppedClock();
  const heavy = op.map(
    (scan: { image: Volume }) => {
      clock.passes(50);
      return scan;
    },
    { name: "heavy" },
  );
  const opaque = await Dataset.from(scans(3))
    .pipe(op.flip({ keys: "image", spatialAxis: 0 }), heavy)
    .profile();
  expect(opaque.bottleneck).toMatchObject({ name: "map heavy", share: 1 });
  expect(opaque.bottleneck.advice.join()).toContain("declare it as an operator");
  const known = op.map(
    (scan: { image: Volume }) => {
      clock.passes(50);
      return scan;
    },
    { name: "known", version: 1 },
  );
  const declared = await Dataset.from(scans(3)).pipe(known).profile();
  expect(declared.bottleneck).toMatchObject({ name: "map known", share: 1 });
  expect(declared.bottleneck.advice.join()).toContain("cacheUntilRandom()");
});

test("a cache's hits and misses are counted, and what it lacked is not the cache's own time", async () => {
  const clock = stoppedClock();
  const heavy = op.map(
    (scan: { image: Volume }) => {
      clock.passes(50);
      return scan;
    },
    { name: "heavy", version: 1 },
  );
  const cached = Dataset.from(scans(4)).pipe(heavy, op.cacheUntilRandom({ store: memoryStore({ maxBytes: "1MiB" }) }));
  const cold = await cached.profile();
  const transforms = cold.stages.flatMap((stage) => stage.transforms);
  const cache = transforms.find(({ name }) => name === "cacheUntilRandom");
  expect(cache).toMatchObject({ items: 4, hits: 0, misses: 4, ms: 0 });
  expect(transforms.find(({ name }) => name === "map heavy")).toMatchObject({ items: 4, ms: 200, isCached: true });
  const warm = await cached.profile();
  expect(warm.stages.at(-1)).toMatchObject({ hits: 4, misses: 0, ms: 0 });
  expect(String(warm)).toContain("4 of 4 hit");
});

test("what worker threads do is counted for the transforms, with the number of the thread", async () => {
  const moved = Dataset.from(scans(6), { seed: 0 }).pipe(
    op.gaussianSmooth({ keys: "image", sigma: 1 }),
    op.randSpatialCropSamples({ keys: "image", roiSize: [2, 2, 2], numSamples: 2 }),
    op.parallel(onThreads(2)),
  );
  const profile = await moved.profile({ items: 100 });
  const { transforms = [] } = stageOf(profile, "parallel") ?? {};
  expect(profile.items).toBe(12);
  expect(transforms.map(({ name, items }) => [name, items])).toEqual([
    ["gaussianSmooth", 6],
    ["randSpatialCropSamples", 12],
  ]);
  for (const { workers, ms, bytes } of transforms) {
    expect(workers.length).toBeGreaterThan(0);
    expect([1, 2]).toEqual(expect.arrayContaining([...workers]));
    expect(ms).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(0);
  }
});

test("what worker threads do after a shuffle is counted for the transforms of parallel", async () => {
  const dataset = Dataset.from(scans(4)).pipe(
    op.shuffle(),
    op.gaussianSmooth({ keys: "image", sigma: 1 }),
    op.parallel(onThreads(2)),
  );
  const profile = await dataset.profile();
  const stage = stageOf(profile, "parallel");
  expect(stage?.transforms.map(({ name, items }) => [name, items])).toEqual([["gaussianSmooth", 4]]);
  expect(stage?.busy).toBeGreaterThan(0);
});

test("shares of any pipeline are between 0 and 1, add up, and the items are those of a run that nobody watches", async () => {
  type Scans = Dataset<{ image: Volume }>;
  const anyStep = fc.constantFrom<((input: Scans) => Scans)[]>(
    (input) => input.pipe(op.randFlip({ keys: "image", prob: 0.5 })),
    (input) => input.pipe(op.randGaussianNoise({ keys: "image", prob: 1 })),
    (input) => input.pipe(op.randSpatialCropSamples({ keys: "image", roiSize: [2, 2, 2], numSamples: 2 })),
    (input) => input.pipe(op.shuffle({ buffer: 3 })),
    (input) => input.pipe(op.prefetch({ buffer: 2, concurrency: 2 })),
    (input) => input.pipe(op.prefetch({ autotune: true, concurrency: 3 })),
    (input) => input.pipe(op.filter(() => true)),
    (input) => input.pipe(op.cacheUntilRandom({ store: memoryStore({ maxBytes: "1MiB" }) })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 4 }), fc.nat(5), async (chosen, count) => {
      const input: Scans = Dataset.from(scans(count), { seed: 1 });
      const dataset = chosen.reduce((data, step) => step(data), input).epoch(0);
      const [run, plain] = [dataset.iterate({ watch: true }), dataset.iterate()];
      for await (const { image } of run) {
        const other = await plain.next();
        expect(other.done ? undefined : [...other.value.image.samples]).toEqual([...image.samples]);
      }
      expect((await plain.next()).done).toBe(true);
      if (count === 0) return;
      for (const { busy, waitsForInput, waitsForConsumer } of run.profile().stages) {
        for (const share of [busy, waitsForInput, waitsForConsumer]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
        expect(busy + waitsForInput + waitsForConsumer).toBeCloseTo(1);
      }
    }),
    { numRuns: 60 },
  );
});

test("a run that nobody watches has no profile, and says how to get one", async () => {
  const run = Dataset.from([1]).iterate();
  await run.next();
  expect(() => run.profile()).toThrowError(expect.objectContaining({ code: "VOXRX_NOT_WATCHED" }));
  await run.return();
});

test("a profile doesn't count as a run, and stops where it was asked to", async () => {
  let opened = 0;
  const dataset = Dataset.from(({ epoch }) => {
    opened++;
    return numbers(10).map((n) => n + 100 * epoch);
  });
  expect((await dataset.profile({ items: 3 })).items).toBe(3);
  expect((await dataset.toArray())[0]).toBe(0);
  expect(opened).toBe(2);
});

test("profiles of metrics$ come while somebody has subscribed, one of them at the end", async () => {
  const clock = stoppedClock();
  const dataset = Dataset.from(numbers(5)).pipe(op.tap(() => clock.passes(200)));
  const seen: Profile[] = [];
  const watching = dataset.metrics$.subscribe((profile) => seen.push(profile));
  for await (const _ of dataset);
  watching.unsubscribe();
  for await (const _ of dataset);
  expect(seen.map(({ items, done }) => [items, done])).toEqual([
    [2, false],
    [4, false],
    [5, true],
  ]);
  expect(new Set(seen.map(({ startedAt }) => startedAt)).size).toBe(1);
});

test("headroom is the time with the pipeline against the time from memory", async () => {
  const clock = stoppedClock();
  const dataset = Dataset.from(numbers(20)).pipe(op.tap(() => clock.passes(30)));
  const taken: number[] = [];
  const headroom = await dataset.headroom(
    (n) => {
      taken.push(n);
      clock.passes(10);
    },
    { items: 5 },
  );
  expect(headroom).toMatchObject({ items: 4, pipelineMs: 40, consumerMs: 10, ratio: 4 });
  expect(taken).toEqual([0, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  expect(String(headroom)).toContain("at most 4.00 times as fast");
  await expect(Dataset.from([]).headroom(() => undefined)).rejects.toMatchObject({ code: "VOXRX_NO_ITEMS" });
});

test("a forecast scales the first items to the epoch, and knows what a cache takes over", async () => {
  const clock = stoppedClock();
  const heavy = op.map(
    (scan: { image: Volume }) => {
      clock.passes(90);
      return scan;
    },
    { name: "heavy", version: 1 },
  );
  const light = op.tap((_: unknown) => clock.passes(10));
  const store = memoryStore({ maxBytes: "1MiB" });
  const dataset = Dataset.from(scans(50)).pipe(heavy, op.cacheUntilRandom({ store }), light);
  const forecast = await dataset.forecast({ items: 5 });
  expect(forecast).toMatchObject({ measured: 5, items: 50, itemMs: 100, epochMs: 5000 });
  expect(forecast.laterEpochMs).toBeCloseTo(500);
  expect(forecast.cachedItemBytes).toBeGreaterThan(256);
  const batched = await dataset.pipe(op.batch({ size: 5, collate: "list" })).forecast({ items: 2 });
  expect(batched.cachedBytes).toBeCloseTo(forecast.cachedBytes ?? 0, -3);
  expect(forecast.bottleneck.name).toBe("map heavy");
  expect(String(forecast)).toMatch(/An epoch of 50 items takes about 5.00 s/);
});
