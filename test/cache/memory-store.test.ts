import { expect, test } from "vitest";
import { memoryStore, Volume } from "voxrx";
import { ramp, storeConformance, stored } from "../conformance/store.ts";

storeConformance("memoryStore", (limits) => memoryStore(limits));

test("a hit copies no samples until they are written to", async () => {
  const store = memoryStore();
  await store.set("k", stored({ image: ramp() }));
  const [first, second] = [await imageOf(store), await imageOf(store)];
  expect(first.storage).toBe(second.storage);
  first.data[0] = 5;
  expect(first.storage).not.toBe(second.storage);
});

test("a small part of a large volume is kept without the large volume, and counted as it is", async () => {
  const store = memoryStore({ maxBytes: "1MB" });
  const whole = new Volume({ data: new Float32Array(1_000_000), shape: [1, 100, 100, 100] });
  await store.set("k", stored({ image: whole.crop([0, 0, 0], [10, 10, 10]) }));
  expect((await imageOf(store)).storage.buffer.byteLength).toBe(4_000);
  expect((await store.stats()).bytes).toBeLessThan(8_000);
  const slab = new Volume({ data: new Float32Array(1_000_000), shape: [1, 100, 100, 100], layout: "x-fastest" });
  await store.set("k", stored({ image: slab.crop([0, 0, 50], [100, 100, 51]) }));
  expect((await imageOf(store)).storage.buffer.byteLength).toBe(40_000);
});

test("an option that is misspelled or no number of bytes is refused when the store is made", () => {
  expect(() => memoryStore({ maxBytes: "many" })).toThrow(/maxBytes/);
  expect(() => memoryStore(JSON.parse(`{ "maxByte": 5 }`))).toThrow(/maxByte/);
});

async function imageOf(store: ReturnType<typeof memoryStore>): Promise<Volume> {
  const value = (await store.get("k"))?.value;
  if (typeof value === "object" && value !== null && "image" in value && value.image instanceof Volume) {
    return value.image;
  }
  throw new Error("there is no image");
}
