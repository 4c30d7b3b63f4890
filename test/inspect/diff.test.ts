import { expect, test } from "vitest";
import { Dataset, diff, memoryStore } from "voxrx";
import * as op from "voxrx/operators";
import { row } from "../support/volumes.ts";

const store = memoryStore();
const files = ["a.nii.gz", "b.nii.gz"];

interface Choices {
  readonly names?: readonly string[];
  readonly seed?: number;
  readonly pixdim?: number;
  readonly cached?: boolean;
  readonly noise?: boolean;
  readonly prob?: number;
  readonly size?: number;
}

function plan({
  names = files,
  seed = 0,
  pixdim = 1,
  cached = true,
  noise = false,
  prob = 0.5,
  size = 2,
}: Choices = {}) {
  const loaded = Dataset.from(
    names.map((image) => ({ image })),
    { seed },
  ).pipe(op.load(["image"]), op.spacing({ keys: "image", pixdim }));
  const kept = cached ? loaded.pipe(op.cacheUntilRandom({ store })) : loaded;
  const noisy = noise ? kept.pipe(op.randGaussianNoise({ keys: "image" })) : kept;
  return noisy.pipe(op.randFlip({ keys: "image", prob }), op.batch(size), op.prefetch(3), op.progress());
}

const changes = (a: Choices, b: Choices) =>
  diff(plan(a), plan(b))
    .steps.filter(({ change }) => change !== "same")
    .map(({ name, change }) => `${change} ${name}`);

test("equal plans differ in nothing", () => {
  const same = diff(plan(), plan());
  expect(same.isSame).toBe(true);
  expect(same.steps.map(({ name }) => name)).toEqual([
    ...["from", "load", "spacing", "cacheUntilRandom", "randFlip", "batch", "prefetch", "progress"],
  ]);
  expect(same.caches).toMatchObject([{ recomputes: "none" }]);
  expect(same.draws).toEqual([]);
  expect(same.checkpoints).toEqual({ continue: true });
});

test("a changed option is named with both values, and what is cached after it is computed again", () => {
  const result = diff(plan(), plan({ pixdim: 2 }));
  expect(result.steps.find(({ name }) => name === "spacing")).toEqual({
    ...{ name: "spacing", change: "options", decides: true },
    options: [{ option: "pixdim", from: "[1]", to: "[2]" }],
  });
  expect(result.caches).toMatchObject([{ recomputes: "all" }]);
  expect(result.draws).toEqual([]);
  expect(result.checkpoints).toMatchObject({ continue: false, because: expect.stringContaining("spacing") });
  expect(String(result)).toMatch(/^~ spacing +options {2}pixdim: \[1\] -> \[2\]$/m);
});

test("options after the cache leave it valid", () => {
  const result = diff(plan(), plan({ prob: 0.1, size: 4 }));
  expect(changes({}, { prob: 0.1, size: 4 })).toEqual(["options randFlip", "options batch"]);
  expect(result.caches).toMatchObject([{ recomputes: "none" }]);
});

test("a random operator that is added or removed shifts the draws of those after it", () => {
  expect(changes({}, { noise: true })).toEqual(["added randGaussianNoise"]);
  expect(changes({ noise: true }, {})).toEqual(["removed randGaussianNoise"]);
  const result = diff(plan(), plan({ noise: true }));
  expect(result.draws).toMatchObject([{ name: "randFlip", because: "1 random operator is before it, not 0" }]);
  expect(diff(plan(), plan({ seed: 1 })).draws).toMatchObject([{ name: "randFlip" }]);
});

test("new items are computed, the others are kept", () => {
  const result = diff(plan(), plan({ names: [...files, "c.nii.gz"] }));
  expect(result.caches).toMatchObject([{ recomputes: "changed" }]);
  expect(result.checkpoints.continue).toBe(false);
});

test("a cache and look-ahead affect no item", () => {
  const result = diff(plan(), plan({ cached: false }));
  expect(result.steps.find(({ change }) => change !== "same")).toMatchObject({ change: "removed", decides: false });
  expect([result.isSame, result.checkpoints.continue]).toEqual([true, true]);
  expect(diff(plan({ cached: false }), plan()).caches).toMatchObject([{ recomputes: "all" }]);
});

test("what was moved, and functions that can't be compared, are told", () => {
  const base = Dataset.from([{ image: row([1, 2]) }]);
  const scale = op.scaleIntensity({ keys: "image" });
  const clip = op.shiftIntensity({ keys: "image", offset: 1 });
  const moved = diff(base.pipe(scale, clip), base.pipe(clip, scale));
  expect(moved.steps.map(({ change }) => change).sort()).toEqual(["moved", "same", "same"]);
  const source = Dataset.from([1]);
  const twice = source.pipe(op.map((n) => n * 2));
  expect(diff(twice, twice).isSame).toBe(true);
  expect(diff(twice, source.pipe(op.map((n) => n * 2))).steps[1]).toMatchObject({ change: "function" });
  expect(JSON.parse(JSON.stringify(moved))).toMatchObject({ checkpoints: { continue: false } });
});

test("another version is told apart from other options", () => {
  const at = (version: number) => Dataset.from([1]).pipe(op.map((n) => n, { version }));
  expect(diff(at(1), at(2)).steps[1]?.change).not.toBe("same");
});
