import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lmdbStore, memoryStore, tieredStore, Volume } from "voxrx";
import { plain, ramp, storeConformance, stored } from "../conformance/store.ts";

const home = await mkdtemp(join(tmpdir(), "voxrx-tiered-"));
let folders = 0;
const freshFolder = () => join(home, String(folders++));
afterAll(() => rm(home, { recursive: true, force: true }));

storeConformance("tieredStore of memory over memory", (limits) =>
  tieredStore(memoryStore(limits), memoryStore(limits)),
);
storeConformance("tieredStore of memory over lmdb", (limits) =>
  tieredStore(memoryStore(limits), lmdbStore(freshFolder(), limits)),
);

const neverCompute = () => Promise.reject(new Error("computed although it was stored"));

test("what the lower store has is a hit, and is in the upper one from then on", async () => {
  const [upper, lower] = [memoryStore(), memoryStore()];
  const store = tieredStore(upper, lower);
  await lower.set("k", stored(ramp()));
  expect((await store.getOrCompute({ id: "k", compute: neverCompute })).outcome).toBe("hit");
  await lower.clear();
  expect((await store.getOrCompute({ id: "k", compute: neverCompute })).outcome).toBe("hit");
  expect(await store.stats()).toMatchObject({ entries: 1, hits: 2, misses: 0 });
});

test("what is computed is kept in both, and deleted in both", async () => {
  const [upper, lower] = [memoryStore(), memoryStore()];
  const store = tieredStore(upper, lower);
  await store.getOrCompute({ id: "k", compute: async () => stored(1) });
  expect([await upper.get("k"), await lower.get("k")]).toEqual([stored(1), stored(1)]);
  await store.delete("k");
  expect([await upper.get("k"), await lower.get("k")]).toEqual([undefined, undefined]);
});

test("both levels answer alike, also after set over a store that rounds", async () => {
  const store = tieredStore(memoryStore(), lmdbStore(freshFolder(), { dtype: "float16" }));
  const image = new Volume({ data: Float32Array.of(1 / 3), shape: [1, 1, 1, 1], layout: "x-fastest" });
  const rounded = new Volume({ data: Float32Array.of(0x555 * 2 ** -12), shape: [1, 1, 1, 1], layout: "x-fastest" });
  await store.set("k", stored(image));
  for (let round = 0; round < 2; round++) expect(plain((await store.get("k"))?.value)).toEqual(plain(rounded));
  await store.close();
});

test("one memory above two stores, of which one rounds, gives each its own", async () => {
  const memory = memoryStore();
  const image = new Volume({ data: Float32Array.of(1 / 3), shape: [1, 1, 1, 1], layout: "x-fastest" });
  const stores = (["float16", "keep"] as const).map((dtype) => lmdbStore(freshFolder(), { dtype }));
  const found: (number | undefined)[] = [];
  for (const store of [...stores, ...stores]) {
    const { stored: item } = await tieredStore(memory, store).getOrCompute({
      id: "k",
      compute: async () => stored(image),
    });
    if (item.value instanceof Volume) found.push(item.value.get(0, 0, 0, 0));
  }
  const exact = Math.fround(1 / 3);
  expect(found).toEqual([0x555 * 2 ** -12, exact, 0x555 * 2 ** -12, exact]);
  for (const store of stores) await store.close();
});
