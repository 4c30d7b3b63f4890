import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { lmdbStore, memoryStore, type Store, tieredStore, type Volume } from "voxrx";
import { readRegion } from "voxrx/extend";
import { plain, stored } from "../conformance/store.ts";
import { anyVolume, ramp } from "../support/volumes.ts";

const home = await mkdtemp(join(tmpdir(), "voxrx-region-"));
afterAll(() => rm(home, { recursive: true, force: true }));

/** A volume with a box in it, empty ones too. */
const boxed = anyVolume.chain((volume) =>
  fc.tuple(...volume.spatialShape.map((size) => fc.tuple(fc.nat(size), fc.nat(size)))).map((ends) => ({
    volume,
    start: ends.map(([a, b]) => Math.min(a, b)),
    end: ends.map(([a, b]) => Math.max(a, b)),
  })),
);

test.each<[string, () => Store]>([
  ["memoryStore", () => memoryStore()],
  ["lmdbStore", () => lmdbStore(join(home, "lmdb"))],
  ["tieredStore", () => tieredStore(memoryStore(), lmdbStore(join(home, "tiered")))],
])("any box read from a %s is the crop of the whole, with its affine", async (_, make) => {
  await using store = make();
  await fc.assert(
    fc.asyncProperty(boxed, async ({ volume, start, end }) => {
      await store.set("k", stored({ other: ramp([1, 2, 2, 2]), image: volume, __proto__: 1 }));
      const part = await readRegion(store, { id: "k", regions: { image: { start, end } } });
      const wanted = stored({ other: ramp([1, 2, 2, 2]), image: volume.crop(start, end), __proto__: 1 });
      expect(plain(part)).toStrictEqual(plain(wanted));
    }),
    { numRuns: 40 },
  );
});

test("a store that reads regions on its own is asked for no more than the region", async () => {
  const asked: unknown[] = [];
  const store: Store = Object.assign(memoryStore(), {
    get: () => Promise.reject(new Error("the whole entry was read")),
    async getRegion(request: unknown) {
      asked.push(request);
      return stored(1);
    },
  });
  const request = { id: "k", regions: { start: [0, 0, 0], end: [1, 1, 1] } };
  expect(await readRegion(store, request)).toEqual(stored(1));
  expect(asked).toEqual([request]);
});

test("fields may have the names of a box's corners", async () => {
  const store = memoryStore();
  await store.set("k", stored({ start: ramp([1, 3, 1, 1]), end: ramp([1, 3, 1, 1]) }));
  const box = { start: [1, 0, 0], end: [2, 1, 1] };
  const part = await readRegion(store, { id: "k", regions: { start: box, end: box } });
  const shapes = Object.values(part?.value as Record<string, Volume>).map(({ shape }) => shape);
  expect(shapes).toEqual([
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ]);
});
