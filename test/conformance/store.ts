/** What every store promises. Called with a way to make one: `storeConformance("memoryStore", () => memoryStore())`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { isVoxRxError, type Store, type StoredItem, Volume } from "voxrx";
import { identifyFile } from "../../src/fingerprint/file.ts";
import { allocate, dtypes } from "../../src/volume/samples.ts";

/** Makes a fresh, empty store; `maxBytes` is given where the promise is about a limit. */
export type MakeStore = (limits?: { maxBytes: number }) => Store | Promise<Store>;

/** Tests that a kind of store keeps every promise of the Store interface. */
export function storeConformance(name: string, make: MakeStore): void {
  describe(`${name} as a store`, () => {
    const open: Store[] = [];
    const made = async (...limits: Parameters<MakeStore>) => {
      const store = await make(...limits);
      open.push(store);
      return store;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((store) => store.close()));
    });
    keepsItems(made);
    protectsItems(made);
    staysWithinItsLimit(made);
    noticesChangedFiles(made);
    computesOnce(made);
    leavesBeforeComputing(made);
    answersForItself(made);
  });
}

/** An entry that was made of no file. */
export function stored(value: unknown): StoredItem {
  return { value, files: [] };
}

/** A volume of ascending samples. */
export function ramp(size = 24): Volume {
  return new Volume({ data: Float32Array.from({ length: size }, (_, i) => i), shape: [1, size, 1, 1] });
}

/** What an item says, whatever memory it lies in: volumes as their values in order, numbers with their sign. */
export function plain(value: unknown): unknown {
  if (value instanceof Volume) {
    const { dtype, shape, affine, meta } = value;
    return { dtype, shape, affine: [...affine], meta: plain(meta), samples: [...value.toContiguous().samples] };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof Date) return structuredClone(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const leaf = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, -0, Infinity, -Infinity, undefined, null, true, false),
  fc.bigInt(),
  fc.string({ unit: "binary" }),
  fc.date({ noInvalidDate: false }),
  fc.float64Array({ maxLength: 5 }),
  fc.uint8Array({ maxLength: 5 }),
  fc.int16Array({ maxLength: 5 }),
);

const meta = fc.record({ source: fc.string(), header: fc.dictionary(fc.string(), fc.jsonValue()) });

const volume = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    spatial: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 3 }),
    channels: fc.integer({ min: 1, max: 2 }),
    seed: fc.integer({ min: 1, max: 100 }),
    flips: fc.uniqueArray(fc.integer({ min: 0, max: 1 })),
    swap: fc.boolean(),
    cut: fc.integer({ min: 0, max: 1 }),
    affine: fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 16, maxLength: 16 }),
    meta,
  })
  .map(({ dtype, spatial, channels, seed, flips, swap, cut, affine, meta }) => {
    const shape = [channels, ...spatial];
    const data = allocate(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    );
    for (let i = 0; i < data.length; i++) data[i] = i * seed - 7;
    const whole = new Volume({ data, shape, affine, meta }).flip(flips);
    const order = [...spatial.keys()];
    const turned = swap ? whole.permute([1, 0, ...order.slice(2)]) : whole;
    return turned.crop([Math.min(cut, (turned.spatialShape[0] ?? 1) - 1)], []);
  });

const { item } = fc.letrec((tie) => ({
  item: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    volume,
    fc.array(tie("item"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("item"), { maxKeys: 4 }),
  ),
}));

function keepsItems(make: MakeStore): void {
  test("any item comes out of a hit, and of the miss before, as it went in", async () => {
    const store = await make();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(item, async (value) => {
        const [key, before] = [`item ${n++}`, plain(value)];
        const miss = await store.getOrCompute({ key, compute: async () => stored(value) });
        const hit = await store.getOrCompute({ key, compute: () => Promise.reject(new Error("computed twice")) });
        expect([miss.how, hit.how]).toEqual(["computed", "hit"]);
        expect(plain(miss.stored.value)).toStrictEqual(before);
        expect(plain(hit.stored.value)).toStrictEqual(before);
      }),
      { numRuns: 150 },
    );
  });

  test("what has no stored form is refused, and its place in the item is named", async () => {
    const store = await make();
    const within: unknown[] = [1];
    within.push(within);
    for (const [value, place] of [
      [{ subject: { name: () => 1 } }, "subject.name"],
      [{ list: [0, new Map()] }, "list[1]"],
      [{ image: ramp().withMeta({ header: { reader: Symbol("x") } }) }, "image.meta.header.reader"],
      [Buffer.from("x"), "the item"],
      [within, "within itself"],
    ] as const) {
      const asked = store.getOrCompute({ key: "k", compute: async () => stored(value) });
      const error: unknown = await asked.catch((caught: unknown) => caught);
      expect(isVoxRxError(error, "VOXRX_UNCACHEABLE") && error.message).toContain(place);
    }
    expect((await store.stats()).entries).toBe(0);
  });

  test("set replaces, get looks, delete forgets, for keys of any kind", async () => {
    const store = await make();
    for (const key of ["a", "é".repeat(2_000), "nul\0", " ", "__proto__"]) {
      expect(await store.get(key)).toBeUndefined();
      await store.set(key, stored(1));
      await store.set(key, stored([2]));
      expect(await store.get(key)).toEqual(stored([2]));
      await store.delete(key);
      await store.delete(key);
      expect(await store.get(key)).toBeUndefined();
    }
    expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
}

function protectsItems(make: MakeStore): void {
  test("nothing done to what was handed out reaches the store: not on a miss, not on a hit", async () => {
    const store = await make();
    const source = { image: ramp(), list: [{ deep: [1, 2] }], bare: Float32Array.of(1, 2), when: new Date(0) };
    const before = plain(source);
    const ask = () => store.getOrCompute({ key: "k", compute: async () => stored(source) });
    for (let round = 0; round < 3; round++) {
      const taken = (await ask()).stored.value;
      expect(plain(taken)).toStrictEqual(before);
      vandalize(taken);
      vandalize((await store.get("k"))?.value);
    }
    vandalize(source);
    expect(plain((await ask()).stored.value)).toStrictEqual(before);
  });

  test("those who wait for one computation cannot change each other's item", async () => {
    const store = await make();
    const ask = () => store.getOrCompute({ key: "k", compute: async () => stored({ image: ramp(), list: [1] }) });
    const [first, second] = await Promise.all([ask(), ask()]);
    const before = plain({ image: ramp(), list: [1] });
    vandalize(first?.stored.value);
    expect(plain(second?.stored.value)).toStrictEqual(before);
  });
}

function vandalize(value: unknown): void {
  if (value instanceof Volume) value.data.fill(99);
  else if (ArrayBuffer.isView(value) && "fill" in value && typeof value.fill === "function") value.fill(99);
  else if (value instanceof Date) value.setTime(99);
  else if (Array.isArray(value)) {
    value.forEach(vandalize);
    value.push("more");
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      vandalize(inner);
      Reflect.deleteProperty(value, name);
    }
  }
}

function staysWithinItsLimit(make: MakeStore): void {
  test("bytes stay under maxBytes, and the entries longest unused are the ones that go", async () => {
    const maxBytes = 40_000;
    const store = await make({ maxBytes });
    const limit = (await store.stats()).maxBytes ?? 0;
    for (let n = 0; n < 8; n++) {
      await store.set(`k${n}`, stored(ramp(2_000)));
      await store.get("k0");
      expect((await store.stats()).bytes).toBeLessThanOrEqual(limit);
    }
    expect(await store.get("k0")).toBeDefined();
    expect(await store.get("k7")).toBeDefined();
    expect(await store.get("k1")).toBeUndefined();
    expect((await store.stats()).evicted).toBeGreaterThan(2);
  });

  test("an item larger than the store is computed and given, but not kept", async () => {
    const store = await make({ maxBytes: 40_000 });
    for (let round = 0; round < 2; round++) {
      const { stored: made, how } = await store.getOrCompute({ key: "k", compute: async () => stored(ramp(20_000)) });
      expect([how, plain(made.value)]).toEqual(["computed", plain(ramp(20_000))]);
    }
    expect((await store.stats()).entries).toBe(0);
  });

  test("prune leaves at most what it is told, the latest used, and clear leaves nothing", async () => {
    const store = await make();
    for (let n = 0; n < 4; n++) await store.set(`k${n}`, stored(ramp(2_000)));
    const pruned = await store.prune(20_000);
    expect(pruned.bytes).toBeLessThanOrEqual(20_000);
    expect(pruned.dropped).toBeGreaterThan(0);
    expect(await store.get("k3")).toBeDefined();
    expect(await store.get("k0")).toBeUndefined();
    await expect(store.prune(-1)).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
    await store.clear();
    expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0 });
    expect(await store.get("k3")).toBeUndefined();
  });
}

function noticesChangedFiles(make: MakeStore): void {
  test("an entry whose file changed is recomputed, counted and pruned; one whose file did not is a hit", async () => {
    const folder = await mkdtemp(join(tmpdir(), "voxrx-"));
    try {
      const store = await make();
      const path = join(folder, "scan");
      const ask = () =>
        store.getOrCompute({ key: "k", compute: async () => ({ value: 1, files: [await identifyFile(path)] }) });
      await writeFile(path, "one");
      expect([(await ask()).how, (await ask()).how]).toEqual(["computed", "hit"]);
      await writeFile(path, "other");
      expect([(await ask()).how, (await ask()).how]).toEqual(["computed", "hit"]);
      expect((await store.stats()).stale).toBeGreaterThan(0);
      await writeFile(path, "and another");
      expect((await store.prune()).dropped).toBeGreaterThan(0);
      await ask();
      await rm(path);
      expect(await store.get("k")).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

function computesOnce(make: MakeStore): void {
  test("50 who ask at once share one computation", async () => {
    const store = await make();
    let computed = 0;
    const compute = async () => {
      computed++;
      await new Promise(setImmediate);
      return stored({ image: ramp() });
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => store.getOrCompute({ key: "k", compute })));
    expect(computed).toBe(1);
    const hows = answers.map(({ how }) => how);
    expect(hows.filter((how) => how === "computed")).toHaveLength(1);
    expect(hows.filter((how) => how === "joined")).toHaveLength(49);
    for (const { stored: made } of answers) expect(plain(made.value)).toEqual({ image: plain(ramp()) });
    expect(await store.stats()).toMatchObject({ hits: 49, misses: 1 });
  });

  test("a failure rejects for all who wait, and is not kept", async () => {
    const store = await make();
    const broken = new Error("broken");
    const fail = () => store.getOrCompute({ key: "k", compute: () => Promise.reject(broken) });
    const outcomes = await Promise.allSettled([fail(), fail(), fail()]);
    for (const outcome of outcomes) expect(outcome).toEqual({ status: "rejected", reason: broken });
    const again = await store.getOrCompute({ key: "k", compute: async () => stored(1) });
    expect(again).toEqual({ stored: stored(1), how: "computed" });
  });

  test("who aborts stops waiting at once; the computation goes on for the others", async () => {
    const store = await make();
    const started = deferred<void>();
    const result = deferred<StoredItem>();
    const compute = () => {
      started.resolve();
      return result.promise;
    };
    const gone = new AbortController();
    const leaving = store.getOrCompute({ key: "k", compute, signal: gone.signal });
    const staying = store.getOrCompute({ key: "k", compute });
    await started.promise;
    const reason = new Error("enough");
    gone.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    result.resolve(stored(5));
    expect((await staying).stored.value).toBe(5);
    expect(await store.get("k")).toEqual(stored(5));
    const broken = new Error("computed for one who had left");
    const late = store.getOrCompute({ key: "new", compute: () => Promise.reject(broken), signal: gone.signal });
    await expect(late).rejects.toBe(reason);
  });
}

function leavesBeforeComputing(make: MakeStore): void {
  test("nothing is computed if all have left before it began, and the next to ask computes", async () => {
    const store = await make();
    await store.stats();
    const gone = new AbortController();
    let computed = 0;
    const compute = async () => stored(++computed);
    const leaving = store.getOrCompute({ key: "k", compute, signal: gone.signal });
    gone.abort(new Error("enough"));
    await expect(leaving).rejects.toBe(gone.signal.reason);
    const next = await store.getOrCompute({ key: "k", compute: async () => stored("mine") });
    expect([next.stored.value, computed]).toEqual(["mine", 0]);
  });
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function answersForItself(make: MakeStore): void {
  test("stats and verify count what is there", async () => {
    const store = await make();
    await store.set("a", stored(ramp(100)));
    await store.get("a");
    await store.get("b");
    const stats = await store.stats();
    expect(stats).toMatchObject({ entries: 1, hits: 1, misses: 1, evicted: 0, stale: 0, damaged: 0 });
    expect(stats.bytes).toBeGreaterThanOrEqual(400);
    const { checked, damaged } = await store.verify();
    expect(checked).toBeGreaterThanOrEqual(1);
    expect(damaged).toEqual([]);
  });

  test("after close every call says so, and a second close does nothing", async () => {
    const store = await make();
    await store.set("a", stored(1));
    await store.close();
    await store.close();
    for (const call of [
      () => store.get("a"),
      () => store.set("a", stored(1)),
      () => store.getOrCompute({ key: "a", compute: async () => stored(1) }),
      () => store.delete("a"),
      () => store.stats(),
      () => store.verify(),
      () => store.prune(),
      () => store.clear(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "VOXRX_STORE_CLOSED" });
    }
  });
}
