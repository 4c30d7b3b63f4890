import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type Dtype, type Tensor } from "voxrx";
import { batch, map, onError, prefetch, take, unbatch } from "voxrx/operators";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";

async function first<T>(dataset: Dataset<T>): Promise<T> {
  const [item] = await dataset.pipe(take(1)).toArray();
  if (item === undefined) throw new Error("no item");
  return item;
}

/** The value that a tensor has for a channel and voxel, by its layout's letters. */
function valueAt(tensor: Tensor, place: Readonly<Record<string, number>>): number | undefined {
  const letters = [...tensor.layout].filter((letter) => letter !== "Z" || tensor.shape.length === 5);
  return tensor.data[letters.reduce((at, letter, axis) => at * (tensor.shape[axis] ?? 0) + (place[letter] ?? 0), 0)];
}

describe("batch", () => {
  test("stacks volumes row-major in every layout, whatever their strides", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom("NCXYZ", "NCZYX", "NXYZC", "NZYXC"), async (volume, layout) => {
        const other = volume
          .withSamples({
            data: Float64Array.from(valuesOf(volume), (v) => (v > 0 ? v - 1 : v + 1)),
            layout: "x-fastest",
          })
          .toContiguous("z-fastest", volume.dtype);
        const tensor = await first(Dataset.from([volume, other]).pipe(batch({ size: 2, layout })));
        expect(tensor.dtype).toBe(volume.dtype);
        const [C = 0, X = 0, Y = 0, Z = 1] = volume.shape;
        for (let c = 0; c < C; c++)
          for (let x = 0; x < X; x++)
            for (let y = 0; y < Y; y++)
              for (let z = 0; z < Z; z++) {
                const wanted = volume.get(c, x, y, z);
                expect(valueAt(tensor, { N: 0, C: c, X: x, Y: y, Z: z })).toBe(wanted);
                expect(valueAt(tensor, { N: 1, C: c, X: x, Y: y, Z: z })).toBe(other.get(c, x, y, z));
              }
      }),
      { numRuns: 60 },
    );
  });

  test("pads to the longest, the odd voxel behind, keeping every voxel's place in the world", async () => {
    const [a, b] = [ramp([1, 3, 4], "float32"), ramp([1, 5, 2], "float32", 100)];
    const tensor = await first(Dataset.from([a, b]).pipe(batch({ size: 2, collate: "pad", padValue: -1 })));
    expect(tensor.shape).toEqual([2, 1, 5, 4]);
    expect(valueAt(tensor, { N: 0, C: 0, X: 0, Y: 0 })).toBe(-1);
    expect(valueAt(tensor, { N: 0, C: 0, X: 1, Y: 0 })).toBe(a.get(0, 0, 0));
    expect(valueAt(tensor, { N: 1, C: 0, X: 0, Y: 1 })).toBe(b.get(0, 0, 0));
    expect(tensor.items[0]?.affine[3]).toBe(-1);
    const back = await Dataset.from([a, b])
      .pipe(batch({ size: 2, collate: "pad" }), unbatch())
      .toArray();
    expect(back.map(plain)).toEqual([a, b].map(plain));
    const end = await first(Dataset.from([a, b]).pipe(batch({ size: 2, collate: "pad", padMethod: "end" })));
    expect(valueAt(end, { N: 0, C: 0, X: 0, Y: 0 })).toBe(a.get(0, 0, 0));
  });

  test("refuses shapes that do not stack, naming them", async () => {
    const ds = Dataset.from([ramp([1, 3, 4]), ramp([1, 5, 2])]).pipe(batch(2));
    await expect(ds.at(0)).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "batch", item: "0+1" });
    await expect(ds.at(0)).rejects.toThrow("[1,3,4], [1,5,2]");
    const ranks = Dataset.from([ramp([1, 3, 4]), ramp([1, 3, 4, 2])]).pipe(batch({ size: 2, collate: "pad" }));
    await expect(ranks.at(0)).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test("lists, columns of other values, the last batch, and records that differ", async () => {
    const items = [
      { n: 1, s: "a" },
      { n: 2, s: "b" },
      { n: 3, s: "c" },
    ];
    expect(await Dataset.from(items).pipe(batch(2)).toArray()).toEqual([
      { n: [1, 2], s: ["a", "b"] },
      { n: [3], s: ["c"] },
    ]);
    expect(
      await Dataset.from(items)
        .pipe(batch({ size: 2, dropLast: true }))
        .toArray(),
    ).toHaveLength(1);
    expect(
      await Dataset.from(items)
        .pipe(batch({ size: 2, collate: "list" }))
        .toArray(),
    ).toEqual([items.slice(0, 2), items.slice(2)]);
    const differing = Dataset.from<Record<string, number>>([{ a: 1 }, { b: 2 }]).pipe(batch(2));
    await expect(differing.at(0)).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY", item: "0+1" });
    const more = Dataset.from<{ a: number; b?: number }>([{ a: 1 }, { a: 2, b: 2 }]).pipe(batch(2));
    await expect(more.at(0)).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY", item: "0+1" });
  });

  test("of differing element types becomes float32; writing to a tensor changes no volume", async () => {
    const volume = ramp([1, 2, 2, 1], "int16");
    const tensor = await first(Dataset.from([volume, ramp([1, 2, 2, 1], "uint8")]).pipe(batch(2)));
    expect(tensor.dtype).toBe("float32");
    tensor.data.fill(9);
    expect(valuesOf(volume)).toEqual([0, 1, 2, 3]);
  });

  test("of differing element types keeps every value: as float32, or else as the narrowest type that has all", async () => {
    const extremes: Partial<Record<Dtype, number>> = {
      uint8: 255,
      int16: -32768,
      uint32: 2 ** 32 - 1,
      int32: -(2 ** 31),
    };
    for (const [one, other, wanted] of [
      ["uint8", "int16", "float32"],
      ["int16", "float32", "float32"],
      ["int32", "uint8", "int32"],
      ["int32", "float32", "float64"],
      ["uint32", "int16", "float64"],
      ["float32", "float64", "float64"],
    ] as const) {
      const values = [extremes[one] ?? 0.5, extremes[other] ?? 0.1];
      const pair = [one, other].map((dtype, n) => ramp([1, 1, 1], dtype).mapSamples(() => values[n] ?? 0));
      const held = pair.map((volume) => volume.samples[0]);
      const tensor = await first(Dataset.from(pair).pipe(batch(2)));
      expect([one, other, tensor.dtype, Array.from(tensor.data)]).toEqual([one, other, wanted, held]);
    }
  });

  test("pads with the value that was asked for, in a type that holds it", async () => {
    const padded = async (
      dtype: Dtype,
      padValue: number,
      shapes = [
        [1, 2, 1],
        [1, 1, 1],
      ],
    ) => {
      const volumes = shapes.map((shape) => ramp(shape, dtype, 1));
      const tensor = await first(Dataset.from(volumes).pipe(batch({ size: 2, collate: "pad", padValue })));
      return [tensor.dtype, Array.from(tensor.data)];
    };
    expect(await padded("uint8", 7)).toEqual(["uint8", [1, 2, 1, 7]]);
    expect(await padded("uint8", -1)).toEqual(["float32", [1, 2, 1, -1]]);
    expect(await padded("uint8", 300)).toEqual(["float32", [1, 2, 1, 300]]);
    expect(await padded("int16", 0.5)).toEqual(["float32", [1, 2, 1, 0.5]]);
    expect(await padded("int32", -0.5)).toEqual(["float64", [1, 2, 1, -0.5]]);
    expect(await padded("uint8", 2 ** 24 + 1)).toEqual(["float64", [1, 2, 1, 2 ** 24 + 1]]);
    expect(await padded("float32", 0.5)).toEqual(["float32", [1, 2, 1, 0.5]]);
    expect(
      await padded("uint8", -1, [
        [1, 1, 1],
        [1, 1, 1],
      ]),
    ).toEqual(["float32", [1, 1]]);
  });

  test("does not compute the items of a last batch that is left out, as a stream or by index", async () => {
    const computed: number[] = [];
    const failing = (bad: readonly number[]) =>
      Dataset.from(Array.from({ length: 8 }, (_, n) => n)).pipe(
        map((n) => {
          computed.push(n);
          if (bad.includes(n)) throw new Error(`item ${n} is bad`);
          return n;
        }),
        batch({ size: 3, dropLast: true, collate: "list" }),
      );
    for (const [bad, wanted] of [
      [
        [7],
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
      [
        [6, 7],
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
      ],
      [
        [1],
        [
          [0, 2, 3],
          [4, 5, 6],
        ],
      ],
      [[1, 2, 4], [[0, 3, 5]]],
      [[0, 1, 2, 3, 4, 5], []],
    ] as const) {
      const skipped: unknown[] = [];
      const skipping = onError({ skip: true, maxItems: 100, onSkip: ({ item }) => skipped.push(item) });
      const streamed = await failing(bad).pipe(skipping).toArray();
      const ahead = await failing(bad)
        .pipe(prefetch({ buffer: 2, concurrency: 2 }), skipping)
        .toArray();
      expect([streamed, ahead]).toEqual([wanted, wanted]);
      const told = skipped.splice(0);
      expect(told.slice(0, told.length / 2)).toEqual(told.slice(told.length / 2));
    }
    computed.length = 0;
    await failing([7]).toArray();
    expect(computed).toEqual([0, 1, 2, 3, 4, 5]);
    const stream = Dataset.from(() => [1, 2, 3, 4].values()).pipe(batch({ size: 3, dropLast: true, collate: "list" }));
    expect(await stream.toArray()).toEqual([[1, 2, 3]]);
  });
});
