import { map as rxMap } from "rxjs";
import { expect, test } from "vitest";
import { Dataset, memoryStore } from "voxrx";
import * as op from "voxrx/operators";
import { entriesOf } from "../support/entries.ts";
import { type LoadedScan, loadingScans } from "../support/loading-scans.ts";
import { spelledOut } from "../support/volumes.ts";

const random = [
  op.randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
  op.randGaussianNoise({ keys: "image", prob: 1 }),
] as const;

type Build = (scans: ReturnType<typeof loadingScans>["scans"]) => Dataset<unknown>;

const crops = op.randSpatialCropSamples({ keys: "image", roiSize: [2, 2, 2], numSamples: 3 });

/** Plans of which one item can be found without the others. */
const plans: Record<string, Build> = {
  "of transforms": (scans) => scans.pipe(...random),
  "with a shuffle": (scans) => scans.pipe(op.shuffle(), ...random),
  "with a shuffle after the transforms": (scans) => scans.pipe(...random, op.shuffle()),
  "of a stream that is shuffled": (scans) =>
    scans.pipe(
      op.filter(() => true),
      ...random,
      op.shuffle({ buffer: 3 }),
    ),
  "with a subset": (scans) => scans.pipe(op.subset([5, 2, 3, 1]), ...random),
  "with a subset after the transforms": (scans) => scans.pipe(...random, op.subset([5, 2, 3, 1])),
  "with a filter": (scans) =>
    scans.pipe(
      op.filter(({ name }) => name !== "scan0"),
      ...random,
    ),
  "with skip and take": (scans) => scans.pipe(op.skip(1), ...random, op.take(4)),
  "with repetitions": (scans) => scans.pipe(...random, op.subset([1, 1, 2]), op.randFlip({ keys: "image", prob: 0.5 })),
  "with a repeat": (scans) => scans.pipe(op.repeat(2), ...random),
  "with crops that make several items": (scans) => scans.pipe(op.randFlip({ keys: "image" }), crops, ...random),
  "with crops that are shuffled": (scans) => scans.pipe(crops, op.shuffle(), ...random),
  "with crops of a stream": (scans) =>
    scans.pipe(
      op.filter(() => true),
      crops,
      ...random,
    ),
  "with parts of parts": (scans) =>
    scans.pipe(
      crops,
      op.flatMap((item) => [item, item]),
      ...random,
    ),
  "with concat": (scans) => op.concat(scans.pipe(op.take(2)), scans.pipe(op.skip(2))).pipe(...random),
  "with concat of streams": (scans) => op.concat(scans.pipe(op.filter(() => true)), scans),
  "with mix": (scans) =>
    op.mix([{ dataset: scans.pipe(op.take(3)) }, { dataset: scans.pipe(op.skip(3)) }]).pipe(...random),
  "with zip": (scans) => op.zip(scans.pipe(...random), Dataset.from([9, 8, 7, 6, 5, 4])),
  "with ranks": (scans) => scans.pipe(op.forRank({ rank: 1, worldSize: 2 }), ...random),
  "with a rotation": (scans) => scans.pipe(op.smartReplace({ cacheNum: 4, replaceRate: 0.5 }), ...random),
  "with a cache": (scans) => scans.pipe(op.cacheUntilRandom({ store: memoryStore() }), ...random),
  "with look-ahead": (scans) => scans.pipe(...random, op.prefetch({ concurrency: 3 })),
  "pinned to an epoch": (scans) => scans.pipe(...random).epoch(4),
  "that is shared": (scans) => scans.pipe(...random).share(),
};

/** Ids of what is computed for an item: it, or the item that it is a part of. */
const nameIn = (item: unknown): string | undefined =>
  Array.isArray(item)
    ? nameIn(item[0])
    : typeof item === "object" && item && "name" in item
      ? String(item.name)
      : undefined;

test.each(Object.entries(plans))("an item of a plan %s comes again, and no other is computed", async (_, build) => {
  const entries = await entriesOf(build(loadingScans(6).scans), undefined, 2);
  expect(entries.length).toBeGreaterThan(2);
  for (const { id, value } of entries) {
    const { scans, loads } = loadingScans(6);
    const again = await build(scans).replay(id, { epoch: 2 });
    expect(spelledOut(again), id).toEqual(spelledOut(value));
    expect(new Set(loads), id).toEqual(new Set([nameIn(value)]));
  }
});

test("only that one item is loaded, once", async () => {
  for (const name of ["with a shuffle", "with crops that are shuffled", "with a filter", "with a repeat"]) {
    const build = plans[name] as Build;
    const [, , third] = await entriesOf(build(loadingScans(6).scans), undefined, 0);
    const { scans, loads } = loadingScans(6);
    await build(scans).replay(third?.id ?? "", { epoch: 0 });
    expect(loads, name).toHaveLength(1);
  }
});

test("of a plan with batches it is the item before the first of them", async () => {
  const { scans, loads } = loadingScans(6);
  const before = scans.pipe(op.shuffle(), ...random);
  const [, second] = await entriesOf(before, undefined, 3);
  loads.length = 0;
  const training = before.pipe(op.batch(2), op.prefetch(2), op.unbatch(), op.batch(3));
  const again = await training.replay<LoadedScan>(second?.id ?? "", { epoch: 3 });
  expect(spelledOut(again)).toEqual(spelledOut(second?.value));
  expect(loads).toEqual([second?.id]);
});

test("items that stand in the way of a stream are computed too, and the item is the same", async () => {
  const { scans, loads } = loadingScans(6);
  const stream = scans.pipe(op.filter(({ name }) => name !== "scan1"));
  const paired = op.zip(
    stream,
    Dataset.from(() => [1, 2, 3, 4, 5].values()),
  );
  expect(await paired.replay("scan3", { epoch: 0 })).toMatchObject([{ name: "scan3" }, 3]);
  loads.length = 0;
  expect(await stream.pipe(op.skip(2), op.take(1)).replay("scan3", { epoch: 0 })).toMatchObject({ name: "scan3" });
  expect(loads).toEqual(["scan0", "scan1", "scan2", "scan3"]);
});

test("classes and shared lists are made of all items, not of the one that is looked for", async () => {
  const labels = Array.from({ length: 6 }, (_, n) => ({ n, label: n % 3 === 0 ? "rare" : "common" }));
  const balanced = Dataset.from(labels).pipe(
    op.map(({ n, label }) => ({ n, label }), { version: 1 }),
    op.balance({ by: "label" }),
  );
  const all = await entriesOf(Dataset.ofStage(balanced.stage), undefined, 0);
  const fresh = Dataset.from(labels).pipe(
    op.map(({ n, label }) => ({ n, label }), { version: 1 }),
    op.balance({ by: "label" }),
  );
  expect(await fresh.replay(all[5]?.id ?? "", { epoch: 0 })).toEqual(all[5]?.value);
  expect(await fresh.epoch(0).toArray()).toEqual(all.map(({ value }) => value));
});

test("an unknown id is refused with the nearest ones", async () => {
  const { scans, loads } = loadingScans(12);
  const failing = scans.pipe(...random).replay("scan1l", { epoch: 0 });
  await expect(failing).rejects.toMatchObject({ code: "VOXRX_UNKNOWN_ITEM" });
  await expect(failing).rejects.toThrow(/the nearest of 12 items are "scan1", "scan10", "scan11"/);
  expect(loads).toEqual([]);
  await expect(scans.pipe(op.filter(({ name }) => name !== "scan1")).replay("scan1")).rejects.toMatchObject({
    code: "VOXRX_UNKNOWN_ITEM",
  });
});

test("after an operator of RxJS items have no stable id", async () => {
  const bridged = loadingScans(3).scans.pipe(rxMap((item: LoadedScan) => ({ ...item })));
  const failing = Dataset.from(bridged).replay("scan1");
  await expect(failing).rejects.toMatchObject({ code: "VOXRX_NO_ITEM_ID" });
});

test("an item that fails, fails again; an abort rejects; the epoch counter stays", async () => {
  const { scans } = loadingScans(3, { failing: "scan1" });
  await expect(scans.replay("scan1")).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", item: "scan1" });
  expect(await scans.replay("scan2")).toMatchObject({ name: "scan2" });
  const reason = new Error("enough");
  await expect(scans.replay("scan2", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(scans.explain()).toContain("epoch 0 is next");
});
