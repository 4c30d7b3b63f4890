/** Laws 2 and 4 with worker threads: the same items in the same order, byte for byte, with any number of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Dataset, IndexedDataset, isVoxRxError, lmdbStore, memoryStore, type Store, Volume } from "voxrx";
import * as op from "voxrx/operators";
import { triesOf } from "../support/long.ts";
import * as own from "../support/moving-operators.ts";
import { onThreads } from "../support/worker-program.ts";

const keys = ["image", "label"] as const;

/** Transforms, fans, users' operators and functions, in any order. */
const steps: Readonly<Record<string, () => unknown>> = {
  crop: () => op.randSpatialCrop({ keys, roiSize: [5, 4, 6] }),
  flip: () => op.randFlip({ keys, prob: 0.5, spatialAxis: 1 }),
  turn: () => op.randRotate90({ keys, prob: 0.8, spatialAxes: [0, 2] }),
  orientation: () => op.orientation({ keys, axcodes: "SAR" }),
  noise: () => op.randGaussianNoise({ keys: "image", prob: 0.7, std: 5 }),
  smooth: () => op.randGaussianSmooth({ keys: "image", prob: 0.6 }),
  affine: () => op.randAffine({ keys, prob: 1, rotateRange: 0.3, mode: ["bilinear", "nearest"] }),
  scale: () => op.scaleIntensity({ keys: "image" }),
  samples: () => op.randSpatialCropSamples({ keys, roiSize: 4, numSamples: 3 }),
  posNeg: () =>
    op.randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 4, numSamples: 2, allowSmaller: true }),
  windows: () => op.slidingWindow({ keys, roiSize: 5, overlap: 0.4 }),
  lazy: () => op.lazy(op.rotate({ keys, angle: [0.1, 0, 0.2] }), op.zoom({ keys, zoom: 1.1 })),
  oneOf: () => op.oneOf([op.randFlip({ keys, prob: 0.5 }), op.centerSpatialCrop({ keys, roiSize: [4, 5, 6] })]),
  foreground: () => op.cropForeground({ keys, sourceKey: "label", allowSmaller: true }),
  copy: () => op.copyItems({ keys: "image", names: "copied" }),
  user: () => own.randGain({ keys: "image", most: 2 }),
  userParts: () => own.halves({ keys }),
  closure: () => op.map((item: unknown) => item),
  filter: () => op.filter((item: object) => !("odd" in item)),
  faulty: () => own.faulty({}),
};

const anyCase = fc.record({
  seed: fc.nat(50),
  before: fc.array(fc.constantFrom(...Object.keys(steps)), { maxLength: 3 }),
  /** Where the cache is: after the transforms `before`. */
  store: fc.constantFrom("none", "memory", "lmdb"),
  /** Whether a whole shuffle is after the cache, if the dataset is indexed. */
  shuffles: fc.boolean(),
  after: fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 4 }),
  workers: fc.constantFrom(1, 2, 4),
  end: fc.constantFrom("items", "batches", "shuffled"),
});

type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

/** The second item is left out by `filter`, the third one fails in `faulty`. */
const marks: readonly object[] = [{}, { odd: true }, { fault: "throws" }, {}];

function itemsOf(seed: number): unknown[] {
  return [0, 1, 2, 3].map((n) => {
    const shape = [1, 7 + ((seed + n) % 4), 9, 8];
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Int16Array.from({ length: size }, (_, i) => Math.imul(i + seed + n, 2654435761) >>> 25);
    const affine = [-1, 0, 0, 4, 0, 1.5, 0, -3, 0, 0, 1, seed, 0, 0, 0, 1];
    const image = new Volume({ data, shape, affine, layout: n % 2 === 0 ? "x-fastest" : "z-fastest" });
    const labels = Uint8Array.from({ length: size }, (_, i) => (i % 97 < 40 ? 0 : 1 + ((i >> 6) % 2)));
    return { image, label: new Volume({ data: labels, shape, affine }), ...marks[n] };
  });
}

function pipelineOf(
  { seed, before, after, end, shuffles }: Case,
  store: Store | undefined,
  workers: number,
): Dataset<unknown> {
  // The operators are chosen at run time: pipe can't know their types.
  const pipe = (dataset: Dataset<unknown>, step: unknown): Dataset<unknown> =>
    Reflect.apply(dataset.pipe, dataset, [step]);
  const add = (dataset: Dataset<unknown>, names: readonly string[]) =>
    names.reduce((all, name) => pipe(all, steps[name]?.()), dataset);
  const prepared = add(Dataset.from(itemsOf(seed), { seed }), before);
  const cached = store ? pipe(prepared, op.cacheUntilRandom({ store })) : prepared;
  const mixed = shuffles && cached instanceof IndexedDataset ? pipe(cached, op.shuffle()) : cached;
  const made = pipe(add(mixed, after), op.parallel(onThreads(workers)));
  if (end === "batches") return pipe(made, op.batch({ size: 3, collate: "list" }));
  return end === "shuffled" ? pipe(made, op.shuffle({ buffer: 3 })) : made;
}

/** All items of an epoch as plain data, with what was drawn for them; what fails is part of it. */
async function epochOf(dataset: Dataset<unknown>, epoch: number): Promise<unknown[]> {
  const items: unknown[] = [];
  const onSkip = (error: {
    readonly code: string;
    readonly operator: string | undefined;
    readonly item: string | undefined;
  }) => void items.push(`${error.code} ${error.operator} ${error.item}`);
  for await (const item of dataset.pipe(op.onError({ skip: true, maxItems: 1000, onSkip })).epoch(epoch)) {
    items.push(plain(item));
  }
  return items;
}

function plain(item: unknown): unknown {
  if (item instanceof Volume) {
    expect(item.storage.buffer).toBeInstanceOf(ArrayBuffer);
    const { samples, shape, affine, dtype, meta } = item;
    const bytes = Buffer.from(new Uint8Array(samples.slice().buffer)).toString("base64");
    return { shape, dtype, affine: [...affine], meta: plain(meta), bytes };
  }
  if (typeof item !== "object" || item === null || ArrayBuffer.isView(item)) return item;
  return Object.fromEntries(Object.entries(item).map(([name, part]) => [name, plain(part)]));
}

const home = await mkdtemp(join(tmpdir(), "voxrx-threads-"));
afterAll(() => rm(home, { recursive: true, force: true }));
let folders = 0;

test("any pipeline gives the same with 0, 1, 2 and 4 workers, cold and warm, from memory and LMDB", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (each) => {
      await using lmdb = lmdbStore(join(home, String(folders++)));
      const store = { none: undefined, memory: memoryStore(), lmdb }[each.store];
      const [cold, warm] = [
        await epochOf(pipelineOf(each, undefined, 0), 0),
        await epochOf(pipelineOf(each, undefined, 0), 1),
      ];
      const dataset = pipelineOf(each, store, each.workers);
      expect(await epochOf(dataset, 0)).toEqual(cold);
      expect(await epochOf(dataset, 1)).toEqual(warm);
      expect(await epochOf(pipelineOf(each, store, 0), 1)).toEqual(warm);
    }),
    { numRuns: triesOf("VOXRX_PIPELINES", { short: 16, long: 600 }) },
  );
});

test("a run ends early, at any item, and the next one is whole", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.nat(6), async (each, count) => {
      const dataset = pipelineOf(each, undefined, each.workers);
      const expected = await epochOf(pipelineOf(each, undefined, 0), 0);
      const first: unknown[] = [];
      try {
        for await (const item of dataset.epoch(0)) {
          first.push(plain(item));
          if (first.length > count) break;
        }
      } catch (error) {
        expect(String(expected[first.length])).toContain(isVoxRxError(error) ? error.code : "another error");
      }
      expect(expected.slice(0, first.length)).toEqual(first);
      expect(await epochOf(dataset, 0)).toEqual(expected);
    }),
    { numRuns: triesOf("VOXRX_PIPELINES", { short: 6, long: 200 }) },
  );
});

/** The position of a fan is before an item that is left out. */
const leftOutBefore: Case = {
  ...{ seed: 0, before: ["filter"], store: "none", shuffles: false, after: ["windows", "crop"], workers: 1 },
  end: "batches",
};

test("a run continues where it was left, with another number of workers", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.nat(12), fc.nat(2), fc.nat(2), async (each, count, first, second) => {
      const skipping = (dataset: Dataset<unknown>) =>
        dataset.pipe(op.onError({ skip: true, maxItems: 1000, onSkip: () => undefined }));
      const whole = (
        await skipping(pipelineOf(each, undefined, 0))
          .epoch(0)
          .toArray()
      ).map(plain);
      const items: unknown[] = [];
      const run = skipping(pipelineOf(each, undefined, first)).iterate({ epoch: 0 });
      while (items.length < count) {
        const step = await run.next();
        if (step.done) break;
        items.push(plain(step.value));
      }
      const from = JSON.parse(JSON.stringify(run.checkpoint()));
      await run.return();
      for await (const item of skipping(pipelineOf(each, undefined, second)).iterate({ from })) items.push(plain(item));
      expect(items).toEqual(whole);
    }),
    { numRuns: triesOf("VOXRX_PIPELINES", { short: 12, long: 400 }), examples: [[leftOutBefore, 5, 0, 1]] },
  );
});
