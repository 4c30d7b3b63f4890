import { expect, test } from "vitest";
import { type DamageReport, Volume } from "voxrx";
import { type ByteBackend, storeOver } from "voxrx/extend";
import { plain, ramp, storeConformance, stored } from "../conformance/store.ts";
import { turns } from "../support/counting.ts";

/** A backend over a Map, some of whose functions may be others. */
function backend(map = new Map<string, Uint8Array>(), changes: Partial<ByteBackend> = {}): ByteBackend {
  return {
    name: "mapStore",
    get: (id) => map.get(id),
    set: (id, bytes) => map.set(id, bytes),
    delete: (id) => map.delete(id),
    list: () => Array.from(map, ([id, { length }]) => ({ id, size: length })),
    ...changes,
  };
}

storeConformance("storeOver a Map", (limits) => storeOver(backend(), limits));
storeConformance("storeOver a backend that takes its time", (limits) => {
  const plain = backend();
  const later = () => new Promise((resolve) => setImmediate(resolve));
  const slow: ByteBackend = {
    ...plain,
    get: (id) => later().then(() => plain.get(id)),
    set: (id, bytes) => later().then(() => plain.set(id, bytes)),
    delete: (id) => later().then(() => plain.delete(id)),
    async *list() {
      await later();
      yield* plain.list() as Iterable<{ id: string; size: number }>;
    },
  };
  return storeOver(slow, limits);
});

const neverCompute = () => Promise.reject(new Error("computed although it was stored"));

test("what the backend has is a hit for the next store, whatever memory its bytes come in", async () => {
  const map = new Map<string, Uint8Array>();
  const first = storeOver(backend(map));
  await first.set("k", stored({ image: ramp() }));
  await first.close();
  const atOddPlace = (bytes: Uint8Array) => {
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    return larger.subarray(3);
  };
  const inSharedMemory = (bytes: Uint8Array) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  };
  for (const given of [(bytes: Uint8Array) => bytes, Buffer.from, atOddPlace, inSharedMemory]) {
    const get = (id: string) => given(map.get(id) ?? new Uint8Array(0));
    const { outcome, stored: item } = await storeOver(backend(map, { get })).getOrCompute({
      id: "k",
      compute: neverCompute,
    });
    expect([outcome, plain(item.value)]).toEqual(["hit", { image: plain(ramp()) }]);
  }
});

test("a hit copies no samples, and writing to them leaves the backend's bytes as they were", async () => {
  const map = new Map<string, Uint8Array>();
  const store = storeOver(backend(map));
  await store.set("k", stored(ramp()));
  const bytes = [...map.values()][0]?.slice();
  const volume = (await store.get("k"))?.value;
  if (!(volume instanceof Volume)) throw new Error("there is no volume");
  expect(volume.storage.buffer).toBe([...map.values()][0]?.buffer);
  volume.data.fill(9);
  expect([...map.values()]).toEqual([bytes]);
});

test("bytes that were cut off or changed are dropped, told of, counted and computed again", async () => {
  const map = new Map<string, Uint8Array>();
  const told: DamageReport[] = [];
  const store = storeOver(backend(map), { onDamage: (report) => told.push(report) });
  for (const damage of [
    (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1),
    (bytes: Uint8Array) => bytes.with(100, (bytes[100] ?? 0) ^ 1),
    () => new Uint8Array(0),
  ]) {
    await store.getOrCompute({ id: "k", compute: async () => stored(ramp()) });
    for (const [id, bytes] of map) map.set(id, damage(bytes));
    expect((await store.getOrCompute({ id: "k", compute: async () => stored(ramp()) })).outcome).toBe("computed");
  }
  expect(told.map(({ id }) => id)).toEqual(["k", "k", "k"]);
  for (const id of map.keys()) map.set(id, Uint8Array.of(1));
  expect((await store.verify()).damaged).toHaveLength(1);
  expect(await store.stats()).toMatchObject({ damaged: 4, entries: 0, bytes: 0 });
});

test("others' keys are left alone, and keys are fit for names of files", async () => {
  const others = { "read me.txt": Uint8Array.of(1), ["0".repeat(63)]: Uint8Array.of(2) };
  const map = new Map<string, Uint8Array>(Object.entries(others));
  const store = storeOver(backend(map), { maxBytes: 5_000 });
  for (const id of ["../up", "CON", "con", "f".repeat(64)]) await store.set(id, stored(ramp(100)));
  expect([...map.keys()].slice(2).every((id) => /^[0-9a-f]{64}$/.test(id))).toBe(true);
  expect(map.size).toBe(6);
  await store.prune(1);
  await store.clear();
  expect(Object.fromEntries(map)).toEqual(others);
});

test("a backend that fails is an error that says so, and is asked again the next time", async () => {
  const map = new Map<string, Uint8Array>();
  const down = new Error("the bucket is down");
  let isDown = true;
  const unlessDown = <T>(work: () => T) => (isDown ? Promise.reject(down) : work());
  const sound = backend(map);
  const store = storeOver({
    ...sound,
    get: (id) => unlessDown(() => sound.get(id)),
    set: (id, bytes) => unlessDown(() => sound.set(id, bytes)),
    list: () => unlessDown(() => sound.list() as Iterable<{ id: string; size: number }>) as never,
  });
  const failing = { code: "VOXRX_STORE_UNUSABLE", cause: down, message: expect.stringContaining("mapStore") };
  await expect(store.get("k")).rejects.toMatchObject(failing);
  await expect(store.stats()).rejects.toMatchObject(failing);
  isDown = false;
  expect(await store.get("k")).toBeUndefined();
  isDown = true;
  await expect(store.set("k", stored(1))).rejects.toMatchObject(failing);
  isDown = false;
  await store.set("k", stored(1));
  expect(await store.stats()).toMatchObject({ entries: 1 });
});

test("writes of one id come in the order of asking, and closing waits for them", async () => {
  const map = new Map<string, Uint8Array>();
  let pause = 20;
  const done: string[] = [];
  const set = async (id: string, bytes: Uint8Array) => {
    await turns((pause -= 5));
    map.set(id, bytes);
    done.push("written");
  };
  const store = storeOver(backend(map, { set, close: () => done.push("closed") }));
  await store.stats();
  const writing = [1, 2, 3].map((n) => store.set("k", stored(n)));
  const reading = store.get("k");
  await Promise.all([store.close(), store.close()]);
  expect(done).toEqual(["written", "written", "written", "closed"]);
  await Promise.all(writing);
  expect(await reading).toEqual(stored(3));
  expect(await storeOver(backend(map)).get("k")).toEqual(stored(3));
});

test("what is written while the backend lists its keys is counted", async () => {
  const map = new Map<string, Uint8Array>();
  let isSlow = false;
  async function* list() {
    const listed = Array.from(map, ([id, { length }]) => ({ id, size: length }));
    if (isSlow) await turns(20);
    yield* listed;
  }
  const store = storeOver(backend(map, { list }));
  await store.set("a", stored(1));
  isSlow = true;
  const counting = store.stats();
  await store.set("b", stored(ramp()));
  await store.delete("a");
  expect(await counting).toMatchObject({ entries: 1, bytes: [...map.values()][0]?.length });
});

test("what is computed while the store is closed is given, and not kept", async () => {
  const map = new Map<string, Uint8Array>();
  const store = storeOver(backend(map));
  const compute = async () => {
    await store.close();
    return stored(1);
  };
  expect(await store.getOrCompute({ id: "k", compute })).toEqual({ stored: stored(1), outcome: "computed" });
  expect(map.size).toBe(0);
});

test("two stores over one backend keep its limit once they have counted", async () => {
  const map = new Map<string, Uint8Array>();
  const [one, other] = [storeOver(backend(map), { maxBytes: 20_000 }), storeOver(backend(map), { maxBytes: 20_000 })];
  await one.stats();
  await other.stats();
  for (let n = 0; n < 4; n++) {
    await one.set(`one ${n}`, stored(ramp(1_000)));
    await other.set(`other ${n}`, stored(ramp(1_000)));
  }
  expect((await one.prune()).bytes).toBeLessThanOrEqual(20_000);
  const { entries, bytes } = await other.stats();
  expect([entries, bytes]).toEqual([map.size, [...map.values()].reduce((sum, { length }) => sum + length, 0)]);
});

test("a backend without one of its functions, or a limit that is none, is refused when the store is made", () => {
  expect(() => storeOver({ ...backend(), list: undefined } as never)).toThrow(/list: expected a function/);
  expect(() => storeOver({ ...backend(), name: "" })).toThrow(/name/);
  expect(() => storeOver(backend(), { maxBytes: "many" })).toThrow(/maxBytes/);
});
