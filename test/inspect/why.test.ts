import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Dataset, encodeNifti, memoryStore, originOf } from "voxrx";
import * as op from "voxrx/operators";
import { loadingScans } from "../support/loading-scans.ts";
import { ramp } from "../support/volumes.ts";

let dir = "";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "voxrx-why-"));
  for (const name of ["a", "b"]) await writeFile(join(dir, `${name}.nii`), await encodeNifti(ramp([1, 4, 4, 4])));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

const training = () => {
  const store = memoryStore();
  return Dataset.from([{ image: join(dir, "a.nii") }, { image: join(dir, "b.nii") }], { seed: 11 }).pipe(
    op.load(["image"]),
    op.scaleIntensity({ keys: "image" }),
    op.cacheUntilRandom({ store }),
    op.randFlip({ keys: "image", prob: 1, spatialAxis: 0 }),
    op.flip({ keys: "image", spatialAxis: 1 }),
    op.batch(2),
  );
};

test("says where an item came from: files, caches, transforms with options and draws", async () => {
  const dataset = training();
  const report = await dataset.why("1", { epoch: 3 });
  expect(report).toMatchObject({ id: "1", index: 1, epoch: 3, seed: 11, source: "from" });
  expect(report.files).toEqual([
    {
      path: join(dir, "b.nii"),
      size: 608,
      modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ]);
  expect(report.caches).toMatchObject([{ outcome: "miss", store: expect.stringContaining("memoryStore") }]);
  expect(report.steps).toMatchObject([
    { name: "load", kind: "deterministic", cached: true },
    { name: "scaleIntensity", options: expect.stringContaining("keys=image"), cached: true },
    { name: "cacheUntilRandom" },
    { name: "randFlip", kind: "random", draws: [{ spatialAxis: 0 }] },
    { name: "flip", options: expect.stringContaining("spatialAxis=1") },
  ]);
  const again = await dataset.why("1", { epoch: 3 });
  expect(again.caches).toMatchObject([{ outcome: "hit", entry: report.caches[0]?.entry }]);
  expect(again.files).toEqual(report.files);
});

test("the draws are those of the run", async () => {
  const { scans } = loadingScans(4);
  const dataset = scans.pipe(op.randGaussianNoise({ keys: "image", prob: 0.5 }), op.randFlip({ keys: "image" }));
  for await (const item of dataset.epoch(2)) {
    const origin = originOf(item);
    const report = await dataset.why(item);
    expect(report).toMatchObject({ id: origin?.id, epoch: 2 });
    expect(report.steps.flatMap(({ draws = [] }) => draws)).toEqual(origin?.draws.map(({ params }) => params));
  }
});

test("the report is readable as text and as JSON", async () => {
  const report = await training().why("0", { epoch: 0 });
  const lines = String(report).split("\n");
  expect(lines[0]).toBe('item "0" in epoch 0, seed 11: item number 0 of from');
  expect(lines[1]).toMatch(/^file {3}.*a\.nii, 608 B, \d{4}-.*, hash [0-9a-f]{32}$/);
  expect(lines[2]).toMatch(/^cache {2}miss in memoryStore/);
  expect(lines.filter((line) => line.includes("drew"))).toHaveLength(1);
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({ id: "0", steps: expect.any(Array) });
});

test("parts are told of, once", async () => {
  const { scans, loads } = loadingScans(3);
  const dataset = scans.pipe(
    op.randSpatialCropSamples({ keys: "image", roiSize: [2, 2, 2], numSamples: 2 }),
    op.shuffle(),
  );
  const report = await dataset.why("scan1/1", { epoch: 0 });
  expect(report.steps.map(({ name }) => name)).toEqual(["map open", "randSpatialCropSamples"]);
  expect(report.steps[1]?.draws).toHaveLength(1);
  expect(loads).toEqual(["scan1"]);
});

test.each(["lists", "streams"])("the steps before a mix of %s are told of, also of a repeated pass", async (kind) => {
  const { scans } = loadingScans(2);
  const noisy = scans.pipe(op.randGaussianNoise({ keys: "image", prob: 1 }));
  const [one, other] = [noisy, noisy.pipe(op.repeat(3))].map((ds) =>
    kind === "lists" ? ds : ds.pipe(op.filter(() => true)),
  );
  const mixed = op.mix([{ dataset: one ?? noisy }, { dataset: other ?? noisy }], { stoppingStrategy: "allExhausted" });
  const items = await mixed.toArray({ epoch: 2 });
  expect(items.map((item) => originOf(item)?.id)).toContain("0:scan1~1");
  for (const item of items) {
    const { id, draws = [] } = originOf(item) ?? {};
    const report = await mixed.why(item);
    expect(report.id).toBe(id);
    expect(report.steps.map(({ name }) => name).slice(0, 2)).toEqual(["map open", "randGaussianNoise"]);
    expect(report.steps[1]?.draws).toEqual(draws.map(({ params }) => params));
  }
});

test("the steps before a list of a stream are told of, whether it was listed before or not", async () => {
  const { scans } = loadingScans(3);
  const noisy = scans.pipe(
    op.filter(() => true),
    op.randGaussianNoise({ keys: "image", prob: 1 }),
    op.indexed(),
  );
  const early = await noisy.why("scan1", { epoch: 0 });
  const [, item] = await noisy.toArray({ epoch: 0 });
  const late = await noisy.why("scan1", { epoch: 0 });
  const steps = [early, late].map((report) => report.steps.map(({ name, draws }) => ({ name, draws })));
  expect(steps[1]).toEqual(steps[0]);
  expect(steps[1]?.at(-1)?.draws).toEqual(originOf(item ?? {})?.draws.map(({ params }) => params));
});

test("an item of several epochs has to be looked for in one of them", async () => {
  const { scans } = loadingScans(1);
  const noisy = scans.pipe(op.randGaussianNoise({ keys: "image", prob: 1 }));
  const [, second] = await noisy.epochs(3, 5).toArray();
  await expect(noisy.epochs(3, 5).why(second)).rejects.toMatchObject({ code: "VOXRX_NO_ITEM_ID" });
  const report = await noisy.why("scan0", { epoch: 4 });
  expect(report.steps[1]?.draws).toEqual(originOf(second ?? {})?.draws.map(({ params }) => params));
});

test("an item whose origin is not kept needs its id", async () => {
  const { scans } = loadingScans(2);
  const [first] = await scans.toArray();
  await expect(scans.why(first)).rejects.toMatchObject({ code: "VOXRX_NO_ITEM_ID" });
  await expect(scans.why(first)).rejects.toThrow(/Pass the id/);
  await expect(scans.why(7)).rejects.toThrow(/7 is not an id/);
});
