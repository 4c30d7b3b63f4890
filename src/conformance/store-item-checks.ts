/** A store returns what was stored, whatever was done to the items outside of it. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import { readRegion } from "../cache/read-region.ts";
import { isVoxRxError } from "../errors.ts";
import { Random, type Seed } from "../random/random.ts";
import { dtypes } from "../samples.ts";
import { Volume } from "../volume/volume.ts";
import { randomItem, randomVolume } from "./random-items.ts";
import { assertSame, spelledOut } from "./same-items.ts";
import { neverCompute, ramp, type StoreCheck, stored } from "./store-subject.ts";

export function keepingChecks(count: number, seed: Seed): StoreCheck[] {
  return [
    [
      "a hit, and the miss before it, return the item as it was stored",
      async (store) => {
        const random = new Random("storeChecks", seed);
        const ofAllTypes = dtypes.map((dtype) => ({ z: randomVolume(random, dtype), a: [-0, Number.NaN, undefined] }));
        const items = [...ofAllTypes, ...Array.from({ length: count }, () => randomItem(random))];
        for (const [n, item] of items.entries()) {
          const before = spelledOut(item);
          const id = `item ${n}`;
          const miss = await store.getOrCompute({ id, compute: async () => stored(item) });
          const hit = await store.getOrCompute({ id, compute: neverCompute });
          deepStrictEqual([miss.outcome, hit.outcome], ["computed", "hit"]);
          assertSame(spelledOut(miss.stored.value), before, `the miss for ${id} returned another item`);
          assertSame(spelledOut(hit.stored.value), before, `the hit for ${id} returned another item`);
        }
      },
    ],
    [
      "a value without a stored form is refused with its path in the item",
      async (store) => {
        const within: unknown[] = [1];
        within.push(within);
        for (const [value, place] of [
          [{ subject: { name: () => 1 } }, "subject.name"],
          [{ list: [0, new Map()] }, "list[1]"],
          [{ image: ramp().withMeta({ header: { reader: Symbol("x") } }) }, "image.meta.header.reader"],
          [Buffer.from("x"), "the item"],
          [within, "within itself"],
        ] as const) {
          await rejects(
            store.getOrCompute({ id: "k", compute: async () => stored(value) }),
            (error) => isVoxRxError(error, "VOXRX_UNCACHEABLE") && error.message.includes(place),
          );
        }
        strictEqual((await store.stats()).entries, 0);
      },
    ],
    [
      "set replaces, get reads and delete removes, for ids of any kind",
      async (store) => {
        for (const id of ["a", "é".repeat(2_000), "nul\0", " ", "__proto__", "../up", "A", "0".repeat(64)]) {
          strictEqual(await store.get(id), undefined);
          await store.set(id, stored(1));
          await store.set(id, stored([2]));
          deepStrictEqual(await store.get(id), stored([2]));
          await store.delete(id);
          await store.delete(id);
          strictEqual(await store.get(id), undefined);
        }
        await store.set("a", stored("lower case"));
        await store.set("A", stored("upper case"));
        deepStrictEqual(await store.get("a"), stored("lower case"));
        await store.delete("A");
        await store.delete("a");
        const { entries, bytes } = await store.stats();
        deepStrictEqual({ entries, bytes }, { entries: 0, bytes: 0 });
      },
    ],
  ];
}

export const protectionChecks: readonly StoreCheck[] = [
  [
    "changes to an item that was returned or passed in do not affect the store",
    async (store) => {
      const source = { image: ramp(), list: [{ deep: [1, 2] }], bare: Float32Array.of(1, 2), when: new Date(0) };
      const before = spelledOut(source);
      const request = () => store.getOrCompute({ id: "k", compute: async () => stored(source) });
      for (let round = 0; round < 3; round++) {
        const taken = (await request()).stored.value;
        assertSame(spelledOut(taken), before, "what was stored has changed");
        vandalize(taken);
        vandalize((await store.get("k"))?.value);
      }
      vandalize(source);
      assertSame(spelledOut((await request()).stored.value), before, "what was stored has changed");
    },
  ],
  [
    "callers that wait for one computation can't change each other's item",
    async (store) => {
      const item = () => ({ image: ramp(), list: [1] });
      const request = () => store.getOrCompute({ id: "k", compute: async () => stored(item()) });
      const [first, second] = await Promise.all([request(), request()]);
      vandalize(first?.stored.value);
      assertSame(second?.stored.value, item(), "a change to the item of one caller shows in the other's");
    },
  ],
];

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

export function regionChecks(seed: Seed): StoreCheck[] {
  return [
    [
      "a region of an entry is the crop of the whole entry: the same voxels, affine and other fields",
      async (store) => {
        const random = new Random("storeChecks", "regions", seed);
        for (const [n, dtype] of dtypes.entries()) {
          const [image, label] = [randomVolume(random, dtype), randomVolume(random, dtype)];
          const start = image.spatialShape.map((size) => random.integer(size));
          const end = start.map((from, axis) => from + 1 + random.integer((image.spatialShape[axis] ?? 1) - from));
          const region = { start, end };
          await store.set(`record ${n}`, stored({ label, image, id: n }));
          await store.set(`bare ${n}`, stored(image));
          const box = image.crop(start, end);
          const what = `the box [${start}] to [${end}] of a volume of [${image.spatialShape}]`;
          const record = await readRegion(store, { id: `record ${n}`, regions: { image: region } });
          assertSame(record, stored({ label, image: box, id: n }), `${what}, in a record, is another`);
          vandalize(record?.value);
          const bare = await readRegion(store, { id: `bare ${n}`, regions: region });
          assertSame(bare, stored(box), `${what} is another`);
          vandalize(bare?.value);
          assertSame((await store.get(`record ${n}`))?.value, { label, image, id: n }, "the entry has changed");
        }
      },
    ],
    [
      "a region that does not exist is refused",
      async (store) => {
        await store.set("k", stored({ image: ramp(), id: 1 }));
        const read = (id: string, field: string, end = 2) =>
          readRegion(store, { id, regions: { [field]: { start: [0, 0, 0], end: [end, 1, 1] } } });
        strictEqual(await read("absent", "image"), undefined);
        await rejects(read("k", "label"), (error) => isVoxRxError(error, "VOXRX_MISSING_KEY"));
        await rejects(read("k", "id"), (error) => isVoxRxError(error, "VOXRX_WRONG_FIELD"));
        await rejects(read("k", "image", 25), (error) => isVoxRxError(error, "VOXRX_BAD_VOLUME"));
      },
    ],
  ];
}
