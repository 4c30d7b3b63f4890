/** What is read from a store in parts is what a whole reading would give, byte for byte. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { open as openLmdb } from "lmdb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type DamageReport,
  Dataset,
  identifyFile,
  lmdbStore,
  memoryStore,
  type Store,
  type StoreAnswer,
  tieredStore,
  Volume,
} from "voxrx";
import { itemOperator, partsOperator, readRegion, volumeOperator } from "voxrx/extend";
import * as op from "voxrx/operators";
import { chunkCount, chunkGridOf, chunking } from "../../src/cache/codec/chunk-grid.ts";
import { volumesIn } from "../../src/item/item-volumes.ts";
import { freeMemory } from "../../src/memory/free-memory.ts";
import { isUnread } from "../../src/volume/volume.ts";
import { runsOf, triesOf } from "../support/long.ts";

const keys = ["image", "label"] as const;

type Item = { readonly image: Volume; readonly label: Volume };
const usual = { ...chunking };
const leastReused = freeMemory.least;
const home = await mkdtemp(join(tmpdir(), "voxrx-regions-"));
let folders = 0;
const newFolder = () => join(home, String(folders++));

afterAll(() => rm(home, { recursive: true, force: true }));

beforeAll(() => {
  // Small volumes are cut too, and their memory is overwritten as soon as it is free.
  Object.assign(chunking, { leastBytes: 0, voxels: 64, longestRow: 4, longestSideInPlane: 5 });
  freeMemory.least = 0;
  freeMemory.poisons = true;
});
afterAll(() => {
  Object.assign(chunking, usual);
  freeMemory.least = leastReused;
  freeMemory.poisons = false;
});

/** What comes after the cache: views, crops, several of each item, what reads everything, and functions of users. */
const steps: Readonly<Record<string, () => unknown>> = {
  crop: () => op.randSpatialCrop({ keys, roiSize: [5, 4, 6] }),
  imageCrop: () => op.spatialCrop({ keys: "image", roiStart: [1, 0, 2], roiEnd: [9, 7, 7] }),
  foreground: () => op.cropForeground({ keys, sourceKey: "label", allowSmaller: true }),
  flip: () => op.randFlip({ keys, prob: 0.5, spatialAxis: 1 }),
  axisFlip: () => op.randAxisFlip({ keys: "image", prob: 1 }),
  turn: () => op.randRotate90({ keys, prob: 0.8, spatialAxes: [0, 2] }),
  orientation: () => op.orientation({ keys, axcodes: "SAR" }),
  samples: () => op.randSpatialCropSamples({ keys, roiSize: 4, numSamples: 3 }),
  posNeg: () =>
    op.randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 4, numSamples: 2, allowSmaller: true }),
  windows: () => op.slidingWindow({ keys, roiSize: 5, overlap: 0.4 }),
  smooth: () => op.gaussianSmooth({ keys: "image", sigma: 0.7 }),
  affine: () => op.randAffine({ keys, prob: 1, rotateRange: 0.3, mode: ["bilinear", "nearest"] }),
  scale: () => op.scaleIntensity({ keys: "image" }),
  lazy: () => op.lazy(op.rotate({ keys, angle: [0.1, 0, 0.2] }), op.zoom({ keys, zoom: 1.1 })),
  compose: () => op.compose(op.flip({ keys }), op.centerSpatialCrop({ keys, roiSize: 5 })),
  oneOf: () => op.oneOf([op.flip({ keys }), op.centerSpatialCrop({ keys, roiSize: [4, 5, 6] })]),
  copy: () => op.copyItems({ keys: "image", names: `copy${copies++}` }),
  pad: () => op.spatialPad({ keys, spatialSize: [9, 8, 9] }),
  user: () =>
    op.map((item: unknown) => {
      for (const volume of volumesIn(item)) expect(isUnread(volume)).toBe(false);
      return item;
    }),
  declared: () => inverted({ keys: "image" }),
};
let copies = 0;

/** A user's operator, which may keep what it sees. */
const inverted = volumeOperator<object>()({
  name: "inverted",
  version: 1,
  options: {},
  each(volume) {
    expect(isUnread(volume)).toBe(false);
    return volume.mapSamples((value) => -value, { dtype: "float32" });
  },
});

const dtypes = [Uint8Array, Int16Array, Float32Array, Float64Array] as const;

/** A dataset with some volumes, in any order of memory. */
function itemsOf(seed: number): Item[] {
  return [0, 1].map((n) => {
    const shape = [1, 7 + ((seed + n) % 5), 9, 8];
    const size = shape.reduce((product, length) => product * length, 1);
    const Samples = dtypes[(seed + n) % dtypes.length] ?? Uint8Array;
    const data = new Samples(size);
    for (let i = 0; i < size; i++) data[i] = Math.imul(i + seed, 2654435761) >>> 25;
    const affine = [-1, 0, 0, 4, 0, 1.5, 0, -3, 0, 0, 1, seed, 0, 0, 0, 1];
    const image = new Volume({ data, shape, affine, layout: n === 0 ? "x-fastest" : "z-fastest" });
    const labels = Uint8Array.from({ length: size }, (_, i) => (i % 97 < 40 ? 0 : 1 + ((i >> 6) % 2)));
    return { image, label: new Volume({ data: labels, shape, affine }) };
  });
}

function pipelineOf(seed: number, names: readonly string[], store?: Store): Dataset<unknown> {
  const items = itemsOf(seed);
  const numbered = Dataset.from(
    items.map((_, n) => ({ n })),
    { seed },
  );
  // The input is the same whatever the pipeline: pipe can't know the types of operators chosen at run time.
  const pipe = (dataset: Dataset<unknown>, step: unknown): Dataset<unknown> =>
    Reflect.apply(dataset.pipe, dataset, [step]);
  const prepared = pipe(
    numbered,
    op.map(({ n }: { readonly n: number }) => items[n], { version: 1 }),
  );
  const cached = store ? pipe(prepared, op.cacheUntilRandom({ store })) : prepared;
  copies = 0;
  return names.reduce((dataset, name) => pipe(dataset, steps[name]?.()), cached);
}

/** All items of an epoch as plain data; what fails is part of it. */
async function epochOf(dataset: Dataset<unknown>, epoch: number): Promise<unknown[]> {
  const items: unknown[] = [];
  const kept = dataset.pipe(
    op.onError({ skip: true, maxItems: 100, onSkip: (error) => void items.push(`${error.code} ${error.operator}`) }),
  );
  for await (const item of kept.epoch(epoch)) items.push(plain(item));
  return items;
}

function plain(item: unknown): unknown {
  if (item instanceof Volume) {
    const { samples, shape, affine, dtype } = item;
    return {
      shape,
      dtype,
      affine: [...affine],
      bytes: Buffer.from(new Uint8Array(samples.slice().buffer)).toString("hex"),
    };
  }
  if (typeof item !== "object" || item === null || ArrayBuffer.isView(item)) return item;
  return Object.fromEntries(Object.entries(item).map(([name, part]) => [name, plain(part)]));
}

const anyChain = fc.record({
  seed: fc.integer({ min: 0, max: 50 }),
  names: fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 5 }),
});

describe("samples that stay in a store until they are used", () => {
  const open: Store[] = [];
  afterEach(async () => void (await Promise.all(open.splice(0).map((store) => store.close()))));
  const opened = <S extends Store>(store: S): S => {
    open.push(store);
    return store;
  };

  test("are those of the whole item, in any pipeline, cold and warm", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyChain, async ({ seed, names }) => {
        await using lmdb = lmdbStore(newFolder());
        await using tiered = tieredStore(memoryStore(), lmdbStore(newFolder()));
        const expected = await epochOf(pipelineOf(seed, names), 0);
        const next = await epochOf(pipelineOf(seed, names), 1);
        for (const store of [lmdb, tiered]) {
          expect(await epochOf(pipelineOf(seed, names, store), 0)).toEqual(expected);
          expect(await epochOf(pipelineOf(seed, names, store), 0)).toEqual(expected);
          expect(await epochOf(pipelineOf(seed, names, store), 1)).toEqual(next);
        }
      }),
      { numRuns: triesOf("VOXRX_PIPELINES", { short: 16, long: 1_000 }) },
    );
  });

  test("are all a batch needs", async () => {
    const store = opened(lmdbStore(newFolder()));
    const batched = (from?: Store) => pipelineOf(3, ["flip", "crop"], from).pipe(op.batch(2));
    const expected = await epochOf(batched(), 0);
    await epochOf(batched(store), 0);
    expect(await epochOf(batched(store), 0)).toEqual(expected);
  });

  describe("of which some are damaged", () => {
    const damaged: DamageReport[] = [];
    beforeEach(() => void damaged.splice(0));
    const corner = () => op.spatialCrop({ keys, roiStart: [0, 0, 0], roiEnd: [3, 3, 3] });

    /** A store with one item, and what its pipelines make of it; then its chunks are changed behind its back. */
    async function storeWith(change: (key: readonly unknown[], bytes: Buffer) => Buffer | undefined) {
      const folder = newFolder();
      const first = lmdbStore(folder);
      const items = itemsOf(1).slice(0, 1);
      const computed = { count: 0 };
      const pipeline = (store: Store) =>
        Dataset.from([{ n: 0 }], { seed: 1 }).pipe(
          op.map(
            ({ n }) => {
              computed.count++;
              const item = items[n];
              if (!item) throw new Error("there is one item");
              return item;
            },
            { version: 1 },
          ),
          op.cacheUntilRandom({ store }),
        );
      await pipeline(first).toArray();
      await first.close();
      const root = openLmdb<Buffer, string>({ path: folder, maxDbs: 8, encoding: "binary", noSubdir: false });
      const chunks = root.openDB<Buffer, [string, number]>({ name: "voxrx.chunks", encoding: "binary" });
      await chunks.transaction(() => {
        for (const { key, value } of [...chunks.getRange()]) {
          const changed = change(key, Buffer.from(value));
          if (changed) chunks.put(key, changed);
          else chunks.remove(key);
        }
      });
      await root.close();
      return {
        store: opened(lmdbStore(folder, { onDamage: (report) => damaged.push(report) })),
        pipeline,
        computed,
        items,
      };
    }

    test("don't matter where they are not read", async () => {
      const [whole] = itemsOf(1);
      // The first chunk of the image, and that of the label, which comes after all of the image's.
      const corners = [0, chunkCount(chunkGridOf(whole?.image.shape ?? []))];
      const { store, pipeline, computed } = await storeWith(([, n], bytes) =>
        corners.some((corner) => corner === n) ? bytes : Buffer.from("damage"),
      );
      const [item] = await pipeline(store).pipe(corner()).toArray();
      expect([computed.count, damaged]).toEqual([1, []]);
      expect(plain(item?.image)).toEqual(plain(whole?.image.crop([0, 0, 0], [3, 3, 3])));
    });

    test("are computed again where they are read, and reported once", async () => {
      for (const change of [
        () => undefined,
        (_: unknown, bytes: Buffer) => bytes.fill(7),
        () => Buffer.from("damage"),
      ]) {
        const { store, pipeline, computed, items } = await storeWith(change);
        const [item] = await pipeline(store)
          .pipe(op.randFlip({ keys, prob: 1 }), corner())
          .toArray();
        expect(plain(item?.image)).toEqual(plain(items[0]?.image.flip([0, 1, 2]).crop([0, 0, 0], [3, 3, 3])));
        expect([computed.count, damaged.splice(0).length]).toEqual([2, 1]);
        await pipeline(store).pipe(corner()).toArray();
        expect([computed.count, damaged.length]).toEqual([2, 0]);
      }
    });

    test("are found by verify", async () => {
      const { store } = await storeWith(([, n], bytes) => (n === 1 ? bytes.fill(1) : bytes));
      expect((await store.verify()).damaged).toHaveLength(1);
      expect((await store.stats()).entries).toBe(0);
    });
  });

  test("that are dropped in the middle of an item's parts are computed again", async () => {
    const store = opened(lmdbStore(newFolder()));
    const parts = () => pipelineOf(2, ["samples", "flip"], store);
    const expected = (await parts().toArray()).map(plain);
    const found: unknown[] = [];
    for await (const part of parts()) {
      found.push(plain(part));
      await store.clear();
    }
    expect(found).toEqual(expected);
  });

  test("are of any shape and number of channels", async () => {
    const store = opened(lmdbStore(newFolder()));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 1, max: 70 }),
        async (spatial, channels) => {
          const shape = [channels, ...spatial];
          const size = shape.reduce((product, n) => product * n, 1);
          const image = new Volume({ data: Int16Array.from({ length: size }, (_, i) => (i * 7) % 251), shape });
          await store.set("k", { value: { image }, files: [] });
          expect(plain((await store.get("k"))?.value)).toEqual(plain({ image }));
          const end = spatial.map((n) => Math.min(n, 3));
          const region = { start: spatial.map(() => 0), end };
          const part = await readRegion(store, { id: "k", regions: { image: region } });
          expect(plain(part?.value)).toEqual(plain({ image: image.crop(region.start, end) }));
        },
      ),
      { numRuns: runsOf(60) },
    );
  });

  test("are not needed after the store is closed", async () => {
    const store = lmdbStore(newFolder());
    const pipeline = pipelineOf(4, ["turn", "crop"], store);
    await pipeline.toArray();
    const items = await pipeline.toArray();
    await store.close();
    expect(items.map(plain)).toEqual(await epochOf(pipelineOf(4, ["turn", "crop"]), 1));
  });

  describe("for operators of users that keep nothing", () => {
    /** Where else volumes can be in a result. */
    class Pair {
      readonly #image: Volume;
      constructor(image: Volume) {
        this.#image = image;
      }
      get image(): Volume {
        return this.#image;
      }
    }
    const declared = { version: 1, retains: false, options: {} } as const;
    const small = (volume: Volume) => volume.crop([1, 1, 1], [4, 4, 4]).withMeta({ before: volume });
    const placing = {
      metadata: () => volumeOperator<object>()({ ...declared, name: "before", each: small })({ keys }),
      lists: () =>
        itemOperator<object>()({ ...declared, name: "list", apply: ({ image, label }: Item) => [image, [label]] })(),
      maps: () =>
        itemOperator<object>()({ ...declared, name: "map", apply: ({ image }: Item) => new Map([["i", image]]) })(),
      classes: () =>
        itemOperator<object>()({ ...declared, name: "class", apply: ({ image }: Item) => new Pair(image) })(),
      parts: () =>
        partsOperator<object>()({
          ...declared,
          name: "parts",
          *parts(volumes) {
            for (let n = 0; n < 2; n++) yield volumes.map((volume) => small(volume.flip([n])));
          },
        })({ keys }),
      metadataBeforeParts: () => [
        volumeOperator<object>()({ ...declared, name: "before", each: small })({ keys }),
        op.randSpatialCropSamples({ keys: "image", roiSize: 2, numSamples: 2 }),
      ],
    };

    const withSteps = (source: Dataset<unknown>, added: readonly unknown[]): Dataset<unknown> =>
      added.reduce((dataset: Dataset<unknown>, step) => Reflect.apply(dataset.pipe, dataset, [step]), source);

    /** All volumes in something. */
    function foundIn(value: unknown): Volume[] {
      if (value instanceof Volume) return [value, ...foundIn(value.meta)];
      if (value instanceof Pair) return [value.image];
      if (value instanceof Map) return [...value.values()].flatMap(foundIn);
      return typeof value === "object" && value !== null ? Object.values(value).flatMap(foundIn) : [];
    }

    test.each(Object.entries(placing))("are read before an item leaves with them in %s", async (_, make) => {
      const store = lmdbStore(newFolder());
      const all = (from?: Store) => withSteps(pipelineOf(5, [], from), [make()].flat()).toArray();
      const expected = (await all()).flatMap(foundIn).map(plain);
      await all(store);
      const items = await all(store);
      await store.close();
      const found = items.flatMap(foundIn);
      expect(found.filter(isUnread)).toEqual([]);
      expect(found.map(plain)).toEqual(expected);
    });

    test("are read again, although a function goes on without those that were lost", async () => {
      const store = opened(lmdbStore(newFolder()));
      const clearing = itemOperator<object>()({
        ...declared,
        name: "clearing",
        async apply(item: { readonly image: Volume }) {
          await store.clear();
          return item;
        },
      });
      const black = (volume: Volume) => volume.withSamples({ data: new Uint8Array(volume.size) });
      const tolerant = volumeOperator<object>()({
        ...declared,
        name: "tolerant",
        each(volume) {
          try {
            return volume.mapSamples((value) => value + 1, { dtype: "float32" });
          } catch {
            return black(volume);
          }
        },
      });
      const strict = volumeOperator<object>()({
        ...declared,
        name: "strict",
        each(volume) {
          try {
            return volume.mapSamples((value) => value + 1, { dtype: "float32" });
          } catch (cause) {
            throw new Error("an error of a user", { cause });
          }
        },
      });
      const tolerantParts = partsOperator<object>()({
        ...declared,
        name: "tolerantParts",
        *parts(volumes) {
          for (let n = 0; n < 2; n++) {
            try {
              yield volumes.map((volume) => volume.flip([n]).mapSamples((value) => value, { dtype: "float32" }));
            } catch {
              yield volumes.map(black);
            }
          }
        },
      });
      for (const make of [tolerant, strict, tolerantParts]) {
        const all = (from?: Store) =>
          withSteps(pipelineOf(5, [], from), [
            op.selectItems({ keys: "image" }),
            ...(from ? [clearing()] : []),
            make({ keys: "image" }),
          ]).toArray();
        const expected = (await all()).map(plain);
        await pipelineOf(5, [], store).toArray();
        expect((await all(store)).map(plain)).toEqual(expected);
      }
    });
  });

  test("are not left to a store of a user, which may keep what it gets", async () => {
    const lmdb = opened(lmdbStore(newFolder()));
    await pipelineOf(6, [], lmdb).toArray();
    const kept = new Map<string, StoreAnswer>();
    const keeping: Store = {
      name: "keeping",
      async getOrCompute(request) {
        const answer = kept.get(request.id) ?? (await lmdb.getOrCompute(request));
        kept.set(request.id, answer);
        for (const volume of volumesIn(answer.stored.value)) expect(isUnread(volume)).toBe(false);
        return answer;
      },
      get: (id) => lmdb.get(id),
      set: (id, item) => lmdb.set(id, item),
      delete: (id) => lmdb.delete(id),
      stats: () => lmdb.stats(),
      verify: () => lmdb.verify(),
      prune: () => lmdb.prune(),
      clear: () => lmdb.clear(),
      close: () => lmdb.close(),
      [Symbol.asyncDispose]: () => lmdb.close(),
    };
    const expected = await epochOf(pipelineOf(6, ["scale", "smooth"]), 0);
    for (let n = 0; n < 3; n++) expect(await epochOf(pipelineOf(6, ["scale", "smooth"], keeping), 0)).toEqual(expected);
  });

  test("are not damaged if the entry is dropped while its files are looked at", async () => {
    const path = join(home, "source.txt");
    await writeFile(path, "source");
    const file = await identifyFile(path);
    const damaged: DamageReport[] = [];
    const store = opened(lmdbStore(newFolder(), { onDamage: (report) => damaged.push(report) }));
    const [value] = itemsOf(1);
    for (let n = 0; n < 10; n++) {
      await store.set("k", { value, files: [file] });
      const region = { start: [0, 0, 0], end: [2, 2, 2] };
      const found = [store.get("k"), store.getRegion?.({ id: "k", regions: { image: region } }), store.clear()];
      await Promise.all(found);
    }
    expect([damaged, (await store.stats()).damaged]).toEqual([[], 0]);
  });

  test("take no more of the disk than they have to", async () => {
    const folder = newFolder();
    Object.assign(chunking, usual);
    const store = opened(lmdbStore(folder));
    const shape = [1, 96, 96, 96];
    const label = new Volume({
      data: Uint8Array.from({ length: 96 ** 3 }, (_, i) => Number(i % 96 ** 2 > 9000)),
      shape,
    });
    await store.set("k", { value: { label }, files: [] });
    expect((await store.stats()).bytes).toBeLessThan(0.1 * 96 ** 3);
    expect(plain((await store.get("k"))?.value)).toEqual(plain({ label }));
    Object.assign(chunking, { leastBytes: 0, voxels: 64, longestRow: 4, longestSideInPlane: 5 });
    expect((await readFile(join(folder, "data.mdb"))).length).toBeLessThan(0.5 * 96 ** 3);
  });
});
