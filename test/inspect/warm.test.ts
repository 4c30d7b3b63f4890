import { threadId } from "node:worker_threads";
import { expect, test } from "vitest";
import { Dataset, memoryStore, type ProgressReport } from "voxrx";
import * as op from "voxrx/operators";
import { loadingScans } from "../support/loading-scans.ts";
import * as own from "../support/moving-operators.ts";
import { onThreads } from "../support/worker-program.ts";

const quiet = { progress: false } as const;

test("fills the cache, and runs nothing that comes after it", async () => {
  const { scans, loads } = loadingScans(4);
  let after = 0;
  const training = scans.pipe(
    op.cacheUntilRandom(),
    op.randFlip({ keys: "image", prob: 1 }),
    op.tap(() => void after++),
    op.batch(2),
    op.prefetch(2),
  );
  const result = await training.warm(quiet);
  expect(result).toMatchObject({ items: 4, computed: 4, hits: 0 });
  expect(result.bytes).toBeGreaterThan(4 * 64 * 4);
  expect([loads.length, after]).toEqual([4, 0]);
  expect(await training.warm(quiet)).toMatchObject({ items: 4, computed: 0, hits: 4, bytes: result.bytes });
  await training.toArray();
  expect(loads).toHaveLength(4);
  expect(training.explain()).toContain("epoch 1 is next");
});

test("a parallel after the cache computes on its threads", async () => {
  const store = memoryStore();
  const cached = Dataset.from([{ n: 1 }, { n: 2 }, { n: 3 }]).pipe(own.computedOn({}), op.cacheUntilRandom({ store }));
  const training = cached.pipe(own.noteThread({}), op.parallel(onThreads(2)), op.batch(2));
  expect(await training.warm(quiet)).toMatchObject({ items: 3, computed: 3 });
  for (const item of await cached.toArray()) expect(item).not.toMatchObject({ computedOn: threadId });
});

test("all caches of all inputs are filled, each once", async () => {
  const [a, b] = [loadingScans(3), loadingScans(2)];
  const left = a.scans.pipe(op.cacheUntilRandom());
  const right = b.scans.pipe(op.cacheUntilRandom(), op.randFlip({ keys: "image" }), op.parallel(0));
  const both = op.concat(op.concat(left, right), left);
  expect(await both.warm(quiet)).toMatchObject({ items: 5, computed: 5 });
  expect([a.loads.length, b.loads.length]).toEqual([3, 2]);
});

test("a rotation is filled for its epoch, a bounded cache up to its bound", async () => {
  const rotating = loadingScans(6);
  const moving = rotating.scans.pipe(op.smartReplace({ cacheNum: 3, replaceRate: 0.5 }));
  expect(await moving.warm({ ...quiet, epoch: 1 })).toMatchObject({ items: 3, computed: 3 });
  expect(rotating.loads).toEqual(["scan2", "scan3", "scan4"]);
  const bounded = loadingScans(6);
  expect(await bounded.scans.pipe(op.cacheUntilRandom({ cacheNum: 2 })).warm(quiet)).toMatchObject({ items: 2 });
  expect(bounded.loads).toEqual(["scan0", "scan1"]);
});

test("an item that fails is skipped where the plan says so, else it is named", async () => {
  const { scans } = loadingScans(4, { failing: "scan2" });
  const cached = scans.pipe(op.cacheUntilRandom());
  await expect(cached.warm(quiet)).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", item: "scan2" });
  const skipped: (string | undefined)[] = [];
  const skipping = cached.pipe(
    op.randFlip({ keys: "image" }),
    op.onError({ skip: true, onSkip: ({ item }) => void skipped.push(item) }),
    op.batch(2),
  );
  expect(await skipping.warm(quiet)).toMatchObject({ items: 3 });
  expect(skipped).toEqual(["scan2"]);
});

test("an abort ends it", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const dataset = Dataset.from([1, 2, 3]).pipe(
    op.map(
      (n: number) => {
        if (n === 2) controller.abort(reason);
        return n;
      },
      { version: 1 },
    ),
    op.cacheUntilRandom(),
  );
  await expect(dataset.warm({ ...quiet, signal: controller.signal })).rejects.toBe(reason);
});

test("progress is reported", async () => {
  const reports: ProgressReport[] = [];
  const { scans } = loadingScans(3);
  await scans.pipe(op.cacheUntilRandom()).warm({ progress: { name: "fill", onProgress: (r) => void reports.push(r) } });
  expect(reports.at(-1)).toMatchObject({ name: "fill", items: 3, total: 3, misses: 3, hits: 0, done: true });
});

test("a plan without a cache is refused", async () => {
  const { scans } = loadingScans(1);
  await expect(scans.warm(quiet)).rejects.toMatchObject({ code: "VOXRX_NO_CACHE" });
  const nothing = scans.pipe(
    op.map((item) => item),
    op.batch(2),
    op.cacheUntilRandom(),
  );
  await expect(nothing.warm(quiet)).rejects.toMatchObject({ code: "VOXRX_NO_CACHE" });
});
