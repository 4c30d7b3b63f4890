import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import {
  batch,
  concat,
  filter,
  flatMap,
  join,
  map,
  mapAsync,
  mix,
  onError,
  prefetch,
  progress,
  repeat,
  shuffle,
  take,
  unbatch,
  zip,
} from "voxrx/operators";
import { countingSource, turns } from "../support/counting.ts";

const quiet = { onProgress: () => undefined };

const ahead = mapAsync(async (n: number) => n, { concurrency: 3 });

/** Every way to put something after a source. */
const pipelines: Readonly<Record<string, (source: Dataset<number>) => Dataset<unknown>>> = {
  source: (source) => source,
  map: (source) => source.pipe(map((n) => n)),
  mapAsync: (source) => source.pipe(mapAsync(async (n) => n, { concurrency: 3 })),
  filter: (source) => source.pipe(filter((n) => n % 2 === 0)),
  flatMap: (source) => source.pipe(flatMap((n) => [n, n])),
  batch: (source) => source.pipe(batch(2)),
  unbatch: (source) => source.pipe(batch(2), unbatch()),
  prefetch: (source) => source.pipe(prefetch({ buffer: 3, concurrency: 2 })),
  shuffle: (source) => source.pipe(shuffle({ buffer: 4 })),
  take: (source) => source.pipe(take(700)),
  repeat: (source) => source.pipe(repeat(2)),
  progress: (source) => source.pipe(progress(quiet)),
  onError: (source) => source.pipe(onError({ skip: true, onSkip: () => undefined })),
  concat: (source) => concat(source, source),
  zip: (source) => zip(source, source),
  mix: (source) => mix([{ dataset: source, weight: 2 }, { dataset: source }]),
  "mix, ahead": (source) => mix([{ dataset: source, weight: 2 }, { dataset: source }]).pipe(ahead),
  "join, the left side": (source) =>
    join(source.pipe(map((n) => ({ n }))), Dataset.from([{ n: 0 }, { n: 3 }]), { on: "n", how: "left" }),
  share: (source) => source.share(),
  epochs: (source) => source.epochs(0, 3),
  "concat, ahead": (source) => concat(source, source).pipe(ahead),
  "repeat, ahead": (source) => source.pipe(repeat(3), ahead),
  "epochs, ahead": (source) => source.epochs(0, 3).pipe(ahead),
  "share, ahead": (source) => source.share().epochs(0, 3).pipe(ahead),
  everything: (source) =>
    source.pipe(
      map((n) => n),
      prefetch(2),
      filter(() => true),
      batch(2),
      unbatch(),
      shuffle({ buffer: 3 }),
      progress(quiet),
    ),
};

describe.each(Object.entries(pipelines))("law 3: %s closes its sources, once, at once", (_, build) => {
  test("when the consumer breaks", async () => {
    const { source, counts } = countingSource();
    for await (const _ of build(source)) break;
    expect(counts.opened).toBeGreaterThan(0);
    expect(counts.closed).toBe(counts.opened);
    const before = { ...counts };
    await turns();
    expect(counts).toEqual(before);
  });

  test("while the next items are on their way, and opens nothing afterwards", async () => {
    for (const waited of [0, 1, 2, 3]) {
      const { source, counts } = countingSource({ later: true });
      const iterator = build(source).iterate();
      await iterator.next();
      const pull = iterator.next();
      await turns(waited);
      await iterator.return();
      await pull;
      expect(counts.closed).toBe(counts.opened);
      const before = { ...counts };
      await turns();
      expect(counts).toEqual(before);
    }
  });

  test("when the consumer throws", async () => {
    const { source, counts } = countingSource();
    const failing = async () => {
      for await (const _ of build(source)) throw new Error("mine");
    };
    await expect(failing()).rejects.toThrow("mine");
    expect(counts.closed).toBe(counts.opened);
  });

  test("when the subscriber unsubscribes, and emits nothing more", async () => {
    const { source, counts } = countingSource();
    let after = 0;
    await new Promise<void>((resolve) => {
      let left = false;
      const subscription = build(source).subscribe(() => {
        if (left) after++;
        left = true;
        queueMicrotask(() => {
          subscription.unsubscribe();
          resolve();
        });
      });
    });
    await turns();
    expect(counts.closed).toBe(counts.opened);
    expect(after).toBe(0);
  });

  test("when a signal aborts, which rejects with its reason", async () => {
    const { source, counts } = countingSource();
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = build(source).forEach(() => void controller.abort(reason), { signal: controller.signal });
    await expect(run).rejects.toBe(reason);
    await turns();
    expect(counts.closed).toBe(counts.opened);
  });

  test("when the run completes", async () => {
    const { source, counts } = countingSource({ length: 8 });
    await build(source).toArray();
    expect(counts.opened).toBeGreaterThan(0);
    expect(counts.closed).toBe(counts.opened);
  });

  test("when the source fails, before the error is delivered", async () => {
    const { source, counts } = countingSource({ throwsAt: 5 });
    await expect(build(source).toArray()).rejects.toThrow("source failed at 5");
    expect(counts.closed).toBe(counts.opened);
  });

  test("while a read is pending for ever", async () => {
    const { source, counts } = countingSource({ hangsAt: 1 });
    const iterator = build(source)[Symbol.asyncIterator]();
    const pulls = [iterator.next(), iterator.next(), iterator.next()];
    await turns();
    await iterator.return?.();
    expect(counts.closed).toBe(counts.opened);
    expect((await Promise.all(pulls)).at(-1)?.done).toBe(true);
    const { produced } = counts;
    await turns();
    expect(counts.produced).toBe(produced);
  });
});

test("a function in work hears of it by its signal", async () => {
  let aborted = false;
  const ds = Dataset.from([1]).pipe(
    mapAsync(
      (_, { signal }) =>
        new Promise<number>((_, reject) =>
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(signal.reason);
          }),
        ),
    ),
  );
  const iterator = ds.iterate();
  const pull = iterator.next();
  await turns(3);
  await iterator.return();
  expect(aborted).toBe(true);
  expect(await pull).toEqual({ done: true, value: undefined });
});
