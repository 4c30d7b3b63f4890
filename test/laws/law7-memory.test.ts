import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import * as rx from "rxjs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Dataset, memoryStore, readVolume, saveImage, Volume } from "voxrx";
import { registerFormat, volumeOperator } from "voxrx/extend";
import * as op from "voxrx/operators";
import { volumesIn } from "../../src/item/item-volumes.ts";
import { freeMemory } from "../../src/memory/free-memory.ts";
import { temporaryFolder } from "../support/folder.ts";
import { casesOf, triesOf } from "../support/long.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const keys = ["image", "label"] as const;
/** What a transform of a user keeps of the items that it sees. */
type Kept = unknown[];

/** Makes an operator; what it keeps, if it keeps anything, goes into the list. */
const steps: Readonly<Record<string, (kept: Kept) => unknown>> = {
  orientation: () => op.orientation({ keys, axcodes: "LAS" }),
  turned: () => op.orientation({ keys, axcodes: "SAR" }),
  spacing: () => op.spacing({ keys, pixdim: 1.5, mode: ["bilinear", "nearest"] }),
  beyond: () =>
    op.spatialResample({
      keys,
      dstAffine: [1, 0, 0, -6, 0, 1, 0, -9, 0, 0, 1, -5, 0, 0, 0, 1],
      spatialSize: [14, 12, 13],
      mode: ["bilinear", "nearest"],
      paddingMode: "zeros",
    }),
  turnedBeyond: () =>
    op.affine({ keys, rotateParams: [0.3, 0, 0], translateParams: [5], mode: "nearest", paddingMode: "zeros" }),
  smaller: () => op.zoom({ keys, zoom: 0.6, mode: ["bilinear", "nearest"] }),
  resize: () => op.resize({ keys, spatialSize: [7, 9, 8], mode: ["area", "nearest"] }),
  zoom: () => op.zoom({ keys, zoom: 1.2, mode: ["bilinear", "nearest"] }),
  rotate: () => op.rotate({ keys, angle: [0.1, 0, 0.3], mode: ["bilinear", "nearest"] }),
  randAffine: () => op.randAffine({ keys, prob: 1, rotateRange: 0.3, mode: ["bilinear", "nearest"] }),
  randFlip: () => op.randFlip({ keys, prob: 0.5, spatialAxis: 0 }),
  elastic: () => op.rand3DElastic({ keys: "image", prob: 1, sigmaRange: [2, 3], magnitudeRange: [1, 2] }),
  distortion: () => op.randGridDistortion({ keys, prob: 1, mode: ["bilinear", "nearest"] }),
  pad: () => op.spatialPad({ keys, spatialSize: [14, 12, 12] }),
  padReflect: () => op.borderPad({ keys, spatialBorder: 2, mode: "edge" }),
  crop: () => op.centerSpatialCrop({ keys, roiSize: [6, 7, 5] }),
  cropForeground: () => op.cropForeground({ keys, sourceKey: "label", margin: 1 }),
  scale: () => op.scaleIntensity({ keys: "image" }),
  range: () => op.scaleIntensityRange({ keys: "image", aMin: 0, aMax: 9, bMin: 0, bMax: 1, clip: true }),
  normalize: () => op.normalizeIntensity({ keys: "image" }),
  smooth: () => op.gaussianSmooth({ keys: "image", sigma: 1 }),
  median: () => op.medianSmooth({ keys: "image", radius: 1 }),
  noise: () => op.randGaussianNoise({ keys: "image", prob: 1 }),
  gibbs: () => op.randGibbsNoise({ keys: "image", prob: 1 }),
  threshold: () => op.thresholdIntensity({ keys: "image", threshold: 3 }),
  double: () => op.castToType({ keys: "image", dtype: "float64" }),
  single: () => op.castToType({ keys: "image", dtype: "float32" }),
  contour: () => op.labelToContour({ keys: "label" }),
  largest: () => op.keepLargestConnectedComponent({ keys: "label" }),
  swapLabels: () => op.mapLabelValue({ keys: "label", origLabels: [1, 2], targetLabels: [2, 1] }),
  filterLabels: () => op.labelFilter({ keys: "label", appliedLabels: [1] }),
  mask: () => op.maskIntensity({ keys: "image", maskKey: "label" }),
  copyItems: () => op.copyItems({ keys: "image", names: "again" }),
  concatItems: () => op.concatItems({ keys: ["image", "image"], name: "both" }),
  oneOf: () => op.oneOf([op.flip({ keys: "image" }), op.scaleIntensity({ keys: "image" })]),
  compose: () => op.compose(op.flip({ keys: "image" }), op.scaleIntensity({ keys: "image" })),
  lazy: () => op.lazy(op.spacing({ keys, pixdim: 1.3 }), op.rotate({ keys, angle: [0, 0, 0.2] })),
  identity: () => op.map((item: unknown) => item),
  keep: (kept) =>
    op.map((item: unknown) => {
      kept.push(item);
      return item;
    }),
  keepLater: (kept) =>
    op.mapAsync(async (item: unknown) => {
      await Promise.resolve();
      kept.push(item);
      return item;
    }),
  bridged: (kept) => rx.tap((item: unknown) => void kept.push(item)),
  shared: (kept) =>
    op.rxjs((source) => {
      const both = source.pipe(rx.share());
      return rx.merge(
        both.pipe(
          rx.tap((item) => void kept.push(item)),
          rx.ignoreElements(),
        ),
        both,
      );
    }),
  stats: (kept) =>
    op.dataStats({ keys: "image", onStats: () => {}, additionalInfo: (volume) => void kept.push(volume) }),
  write: () =>
    op.tap((item: unknown) => {
      for (const volume of volumesIn(item)) volume.data[0] = 3;
    }),
  store: () => op.cacheUntilRandom({ store: memoryStore() }),
  shuffle: () => op.shuffle({ buffer: 3 }),
  prefetch: () => op.prefetch({ concurrency: 2 }),
};

/** How a pipeline ends. */
const ends: Readonly<Record<string, readonly unknown[]>> = {
  items: [],
  batches: [op.batch({ size: 2, collate: "pad" })],
  "batches, computed ahead by index": [op.batch({ size: 2, collate: "pad" }), op.prefetch({ concurrency: 2 })],
  lists: [op.batch({ size: 2, collate: "list" })],
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let paths: { image: string; label: string }[];

beforeAll(async () => {
  folder = await temporaryFolder();
  paths = Array.from({ length: 5 }, (_, n) => ({
    image: join(folder.path, `image${n}.nii${n % 2 ? ".gz" : ""}`),
    label: join(folder.path, `label${n}.nii`),
  }));
  for (const [n, { image, label }] of paths.entries()) {
    const shape = [1, 9 + (n % 2), 10, 8];
    const size = shape.reduce((product, each) => product * each, 1);
    const affine = [0, -1, 0, 3, 1.2, 0, 0, -4, 0, 0, 1, n, 0, 0, 0, 1];
    const data = Int16Array.from({ length: size }, (_, at) => (at * (n + 3)) % 11);
    await saveImage(new Volume({ data, shape, affine }), image);
    await saveImage(new Volume({ data: Uint8Array.from(data, (value) => value % 3), shape, affine }), label);
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

const { least } = freeMemory;
afterEach(() => Object.assign(freeMemory, { least, poisons: false }));

/** Whether an operator fits the items is seen when it runs. */
function operatorOf(step: unknown): rx.OperatorFunction<unknown, unknown>;
function operatorOf(step: unknown): unknown {
  return step;
}

/** All that can be seen of the volumes and tensors in an item. */
function seen(item: unknown): unknown {
  if (item instanceof Volume) return [item.shape, item.dtype, [...item.affine], [...item.samples]];
  if (ArrayBuffer.isView(item)) return Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString("hex");
  if (Array.isArray(item)) return item.map(seen);
  return typeof item === "object" && item !== null ? Object.values(item).map(seen) : String(item);
}

/** What a pipeline yields, and what its transforms keep, as it is after the last item. */
async function resultsOf(names: readonly string[], atOnce: number, end = "items"): Promise<unknown> {
  const kept: Kept = [];
  let dataset: Dataset<unknown> = Dataset.from(paths, { seed: 1 }).pipe(
    op.load({ keys, dtype: ["float32", "auto"], concurrency: atOnce }),
  );
  for (const name of names) dataset = dataset.pipe(operatorOf(steps[name]?.(kept)));
  for (const step of ends[end] ?? []) dataset = dataset.pipe(operatorOf(step));
  const items: unknown[] = [];
  for (let epoch = 0; epoch < 2; epoch++) for await (const item of dataset) items.push(item);
  return { items: items.map(seen), kept: kept.map((item) => JSON.stringify(seen(item))).sort() };
}

describe("law 7: memory that is reused is never visible to anybody who could still look at it", () => {
  test("random chains, of our transforms and of a user's, yield the same with poisoned memory", async () => {
    const chain = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 7 });
    const [atOnce, end] = [fc.constantFrom(1, 3), fc.constantFrom(...Object.keys(ends))];
    const numRuns = triesOf("VOXRX_PIPELINES", { short: 20, long: 1_500 });
    let failed = 0;
    const property = fc.asyncProperty(chain, atOnce, end, async (...pipeline) => {
      Object.assign(freeMemory, { least: Number.POSITIVE_INFINITY, poisons: false });
      const wanted = await resultsOf(...pipeline).catch((error: unknown) => String(error));
      Object.assign(freeMemory, { least: 0, poisons: true });
      const found = await resultsOf(...pipeline).catch((error: unknown) => String(error));
      if (typeof wanted === "string") failed++;
      expect(found).toEqual(wanted);
    });
    await fc.assert(property, { numRuns });
    expect(failed).toBeLessThan(numRuns / 2);
  });

  test("a user's format that passes on its context and keeps what it read, and volumes in metadata, keep theirs", async () => {
    const kept = new Map<string, Volume>();
    registerFormat({
      name: "linked",
      version: 1,
      extensions: [".linked"],
      sniff: () => false,
      async read(path, context) {
        const volume = kept.get(path) ?? (await readVolume(path.replace(".linked", ""), context));
        kept.set(path, volume);
        return volume;
      },
    });
    const before = volumeOperator<object>()({
      name: "withBefore",
      version: 1,
      retains: false,
      options: {},
      each: (volume) => volume.mapSamples((value) => value + 1).withMeta({ before: volume }),
    });
    const links = paths.map(({ image }) => `${image}.linked`);
    for (const link of links) await writeFile(link, "link");
    const all = async () => {
      const items = Dataset.from(links).pipe(op.load(), op.scaleIntensity(), before(), op.gaussianSmooth());
      const results: Volume[] = [];
      for (let epoch = 0; epoch < 2; epoch++) for await (const volume of items) results.push(volume);
      return results.map((volume) => [seen(volume), seen(volume.meta.before)]);
    };
    Object.assign(freeMemory, { least: Number.POSITIVE_INFINITY, poisons: false });
    const wanted = [await all(), [...kept.values()].map(seen)];
    kept.clear();
    Object.assign(freeMemory, { least: 0, poisons: true });
    expect([await all(), [...kept.values()].map(seen)]).toEqual(wanted);
  });

  test("what a join shows to a function is not freed by the batch after it", async () => {
    const shown: Volume[] = [];
    const keyOf = (item: { image: Volume }) => {
      shown.push(item.image);
      return "a";
    };
    const scans = Dataset.from(paths.map(({ image }) => ({ image }))).pipe(
      op.load("image"),
      op.scaleIntensity({ keys: "image" }),
    );
    Object.assign(freeMemory, { least: 0, poisons: true });
    const left = Dataset.from([{ id: "b" }]);
    const joined = op.join(scans, left, { on: { left: keyOf, right: ({ id }) => id }, how: "left" });
    for await (const _ of joined.pipe(op.batch({ size: 2, collate: "pad" }), op.prefetch({ concurrency: 2 })));
    const values = new Set(shown.map((volume) => JSON.stringify(seen(volume))));
    freeMemory.least = Number.POSITIVE_INFINITY;
    const wanted = await scans.toArray();
    expect(values).toEqual(new Set(wanted.map(({ image }) => JSON.stringify(seen(image)))));
  });

  test("memory is reused at all", async () => {
    Object.assign(freeMemory, { least: 0, poisons: true });
    const before = freeMemory.taken;
    await resultsOf(["orientation", "spacing", "scale"], 1);
    const inChain = freeMemory.taken - before;
    await resultsOf(["orientation", "spacing", "scale"], 1, "batches");
    const withBatches = freeMemory.taken - before - inChain;
    expect([inChain > 10, withBatches > inChain]).toEqual([true, true]);
  });
});

/** Largest number of bytes in buffers that were in use at each sixth item of a pass over so many scans of 1 MB. */
async function peakOf(count: number, keepLast: number): Promise<number> {
  const shape = [1, 64, 64, 64];
  const scans = Dataset.from(Array.from({ length: count }, (_, n) => n))
    .pipe(op.map((n: number) => new Volume({ data: new Float32Array(64 ** 3).fill(n), shape })))
    .pipe(op.scaleIntensity(), op.prefetch({ concurrency: 4, maxBytes: "8MB" }));
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const last: unknown[] = [];
  let peak = 0;
  let seen = 0;
  for await (const scan of scans) {
    last.push(scan);
    if (last.length > keepLast) last.shift();
    // A slow consumer: everything that could be computed meanwhile is.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    // Not at each: with all that tests have imported, a collection takes a tenth of a second.
    if (seen++ % 6 !== 0) continue;
    collectGarbage();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  return peak;
}

test.for(casesOf([4, 1]))(
  "law 7: with a slow consumer that keeps the last %d, the peak is the budget plus a constant",
  async (kept) => {
    const megabyte = 2 ** 20;
    const budget = 8e6;
    for (const count of [30, 90]) {
      // In work are at most four, each with its input, and there is free memory of as many.
      expect(await peakOf(count, kept)).toBeLessThan(budget + (kept + 12) * megabyte);
    }
  },
);
