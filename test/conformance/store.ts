/** What every store promises, as tests: `storeConformance("memoryStore", (limits) => memoryStore(limits))`. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type StoredItem, Volume } from "voxrx";
import { type MakeStore, storeChecks } from "voxrx/extend";
import { allocate, dtypes } from "../../src/samples.ts";
import { runsOf } from "../support/long.ts";

/** Tests that a kind of store keeps every promise of the Store interface. */
export function storeConformance(name: string, make: MakeStore): void {
  describe(`${name} as a store`, () => {
    test.each(storeChecks(make).map((check) => [check.promise, check] as const))("%s", async (_, check) => check.run());

    test("any item comes out as it went in", async () => {
      await using store = await make();
      let n = 0;
      await fc.assert(
        fc.asyncProperty(item, async (value) => {
          const [id, before] = [`item ${n++}`, plain(value)];
          const miss = await store.getOrCompute({ id, compute: async () => stored(value) });
          const hit = await store.getOrCompute({ id, compute: () => Promise.reject(new Error("computed twice")) });
          expect([miss.outcome, hit.outcome]).toEqual(["computed", "hit"]);
          expect(plain(miss.stored.value)).toStrictEqual(before);
          expect(plain(hit.stored.value)).toStrictEqual(before);
        }),
        { numRuns: runsOf(70) },
      );
    });
  });
}

/** An entry that was made of no file. */
export function stored(value: unknown): StoredItem {
  return { value, files: [] };
}

/** A volume of ascending samples. */
export function ramp(size = 24): Volume {
  return new Volume({
    data: Float32Array.from({ length: size }, (_, i) => i),
    shape: [1, size, 1, 1],
    layout: "x-fastest",
  });
}

/** What an item says, whatever memory it lies in: volumes as their values in order, numbers with their sign. */
export function plain(value: unknown): unknown {
  if (value instanceof Volume) {
    const { dtype, shape, affine, meta } = value;
    return { dtype, shape, affine: [...affine], meta: plain(meta), samples: [...value.toContiguous().storage] };
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
    const whole = new Volume({ data, shape, layout: "x-fastest", affine, meta }).flip(flips);
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
