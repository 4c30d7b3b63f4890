import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, type Dtype, type Operator, Volume } from "voxrx";
import { castToType, concatItems, ensureChannelFirst, repeatChannel, splitChannel, squeezeDim } from "voxrx/operators";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

async function firstOf<A, B>(item: A, operator: Operator<A, B>): Promise<B> {
  const [first] = await Dataset.from([item]).pipe(operator).toArray();
  if (first === undefined) throw new Error("no item came out");
  return first;
}

const placed = (volume: Volume) => volume.withAffine([2, 0, 0, -5, 0, 0, 3, 7, 0, -4, 0, 1, 0, 0, 0, 1]);

describe("concatItems", () => {
  it("joins along channels in the order of the keys, whatever the layout, under the first one's affine", async () => {
    const a = placed(ramp([1, 2, 2, 1]));
    const b = ramp([2, 2, 2, 1], "float32", 10).flip([0]);
    const { both } = await firstOf({ a, b }, concatItems({ keys: ["b", "a"], name: "both" }));
    expect(both.shape).toEqual([3, 2, 2, 1]);
    expect(valuesOf(both)).toEqual([11, 10, 13, 12, 15, 14, 17, 16, 0, 1, 2, 3]);
    expect(both.affine).toEqual(b.affine);
    const { first } = await firstOf({ a, b }, concatItems({ keys: ["a", "b"], name: "first" }));
    expect(first.affine).toEqual(a.affine);
  });

  it("joins along an axis of space too, also counted from the end", async () => {
    const item = { a: ramp([1, 2, 2]), b: ramp([1, 2, 1], "float32", 10) };
    for (const dim of [2, -1]) {
      const { long } = await firstOf(item, concatItems({ keys: ["a", "b"], name: "long", dim }));
      expect([long.shape, valuesOf(long)]).toEqual([
        [1, 2, 3],
        [0, 1, 2, 3, 10, 11],
      ]);
    }
    const x = { a: ramp([1, 2, 2]), b: ramp([1, 1, 2], "float32", 10) };
    const { wide } = await firstOf(x, concatItems({ keys: ["a", "b"], name: "wide", dim: 1 }));
    expect([wide.shape, valuesOf(wide)]).toEqual([
      [1, 3, 2],
      [0, 1, 10, 2, 3, 11],
    ]);
  });

  it("takes the narrowest element type that holds all", async () => {
    const rows: [Dtype, Dtype, Dtype][] = [
      ["uint8", "uint8", "uint8"],
      ["uint8", "int8", "int16"],
      ["uint8", "uint16", "uint16"],
      ["int16", "uint16", "int32"],
      ["uint32", "int8", "float64"],
      ["uint16", "float32", "float32"],
      ["int32", "float32", "float64"],
      ["float32", "float64", "float64"],
    ];
    for (const [one, other, wanted] of rows) {
      const item = { a: ramp([1, 1, 1], one), b: ramp([1, 1, 1], other) };
      const { both } = await firstOf(item, concatItems({ keys: ["a", "b"], name: "both" }));
      expect([one, other, both.dtype]).toEqual([one, other, wanted]);
    }
  });

  it("is undone by splitChannel", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (image) => {
        const item = { image, again: image };
        const { both } = await firstOf(item, concatItems({ keys: ["image", "again"], name: "both" }));
        const parts = await firstOf({ both }, splitChannel({ keys: "both" }));
        const channel = image.selectChannels(image.channels - 1, image.channels);
        const last = parts[`both_${2 * image.channels - 1}`];
        expect(last && plain(last)).toEqual(plain(channel));
        expect(Object.keys(parts)).toHaveLength(1 + 2 * image.channels);
      }),
    );
  });

  it("refuses shapes that do not fit", async () => {
    const item = { a: ramp([1, 2, 2]), b: ramp([1, 2, 3]) };
    const failing = firstOf(item, concatItems({ keys: ["a", "b"], name: "both" }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "concatItems" });
    await expect(failing).rejects.toThrow(/\[1,2,2\], \[1,2,3\]/);
    for (const dim of [3, -4]) {
      const none = firstOf(item, concatItems({ keys: ["a"], name: "both", dim }));
      await expect(none).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
    }
  });
});

describe("splitChannel", () => {
  const image = ramp([2, 2, 1], "uint8");

  it("gives a view of each channel under the names it is told", async () => {
    const postfixed = await firstOf({ image }, splitChannel({ keys: "image", outputPostfixes: ["t1", "t2"] }));
    expect(Object.keys(postfixed)).toEqual(["image", "image_t1", "image_t2"]);
    expect([valuesOf(postfixed.image_t1), valuesOf(postfixed.image_t2)]).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(postfixed.image_t2.storage).toBe(image.storage);
    const named = await firstOf({ image }, splitChannel({ keys: "image", names: ["t1", "t2"] }));
    expect(Object.keys(named)).toEqual(["image", "t1", "t2"]);
  });

  it("refuses another number of names than channels, and a name that is taken", async () => {
    const three = firstOf({ image }, splitChannel({ keys: "image", names: ["a", "b", "c"] }));
    await expect(three).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "splitChannel" });
    const taken = firstOf({ image, image_1: 5 }, splitChannel({ keys: "image" }));
    await expect(taken).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
    expect(() => splitChannel({ keys: ["a", "b"], outputPostfixes: [] })).toThrow();
  });
});

describe("repeatChannel", () => {
  it("repeats each channel in place: a, b becomes a, a, b, b", async () => {
    const image = placed(ramp([2, 2, 1, 1]).flip([0]));
    const repeated = await applied(image, repeatChannel({ repeats: 2 }));
    expect(valuesOf(repeated)).toEqual([1, 0, 1, 0, 3, 2, 3, 2]);
    expect(repeated.affine).toEqual(image.affine);
    repeated.data.fill(9, 0, 2);
    expect([valuesOf(repeated).slice(2, 4), valuesOf(image)]).toEqual([
      [1, 0],
      [1, 0, 3, 2],
    ]);
  });

  it("refuses a result beyond all measure before it is made", async () => {
    const failing = applied(ramp([1, 200, 200]), repeatChannel({ repeats: 65_536 }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", operator: "repeatChannel" });
    expect(() => repeatChannel({ repeats: 0 })).toThrow(/repeats/);
  });
});

describe("squeezeDim", () => {
  it("makes a thin image 2D and keeps every voxel's place in the world", async () => {
    for (const [dim, axis] of [
      [1, 0],
      [2, 1],
      [3, 2],
      [-1, 2],
      [-3, 0],
    ] as const) {
      const thick = placed(ramp([1, 3, 4, 5]));
      const end = [3, 4, 5];
      const start = [0, 0, 0];
      start[axis] = 2;
      end[axis] = 3;
      const thin = await applied(thick.crop(start, end), squeezeDim({ dim }));
      const kept = [0, 1, 2].filter((other) => other !== axis);
      expect(thin.shape).toEqual([1, ...kept.map((other) => [3, 4, 5][other])]);
      expect(plain(thin.withMeta({ applied: [] }))).toEqual(plain(thick.slice(axis, 2).withMeta({ applied: [] })));
      expect(thin.meta.applied?.at(-1)).toMatchObject({ name: "squeezeDim", params: { dim } });
    }
  });

  it("refuses what is not one voxel thick, a 2D image, and the channels", async () => {
    for (const volume of [ramp([1, 2, 2, 2]), ramp([1, 2, 1])]) {
      const failing = applied(volume, squeezeDim());
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "squeezeDim" });
    }
    for (const dim of [0, 4, -4, 1.5]) expect(() => squeezeDim({ dim })).toThrow(/an axis of space/);
  });
});

describe("castToType", () => {
  const row = (...values: number[]) => new Volume({ data: Float64Array.from(values), shape: [1, values.length, 1] });

  it("cuts fractions, and goes to the nearest float32", async () => {
    const cut = await applied(row(2.9, -2.9, 127.5, -128.9), castToType({ dtype: "int8" }));
    expect([cut.dtype, valuesOf(cut)]).toEqual(["int8", [2, -2, 127, -128]]);
    const float = await applied(row(2.9, Number.NaN, Number.NEGATIVE_INFINITY), castToType());
    expect([float.dtype, valuesOf(float)]).toEqual([
      "float32",
      [Math.fround(2.9), Number.NaN, Number.NEGATIVE_INFINITY],
    ]);
  });

  it("refuses what an integer type can't hold, of fractions and of integers", async () => {
    for (const value of [256, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const failing = applied(row(1, value), castToType({ dtype: "uint8" }));
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_VALUE_RANGE", operator: "castToType" });
    }
    const labels = row(1, 40_000).mapSamples((value) => value, { dtype: "uint16" });
    await expect(applied(labels, castToType({ dtype: "int16" }))).rejects.toMatchObject({
      code: "VOXRX_VALUE_RANGE",
      fault: "40000 is not a value of int16",
    });
  });

  it("keeps values, shape and affine where the type holds them", async () => {
    const wide: Dtype = "float64";
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const [cast, back] = [castToType({ dtype: wide }), castToType({ dtype: volume.dtype })];
        expect(plain(await applied(volume, cast, back))).toEqual(plain(volume));
      }),
    );
  });

  it("passes an image of that type, and takes a type for each field", async () => {
    const image = ramp([1, 2, 1]).flip([0]);
    expect((await applied(image, castToType())).storage).toBe(image.storage);
    const fields = await firstOf(
      { image, label: image },
      castToType({ keys: ["label", "image"], dtype: ["uint8", "float64"] }),
    );
    expect([fields.image.dtype, fields.label.dtype]).toEqual(["float64", "uint8"]);
  });
});

describe("ensureChannelFirst", () => {
  it("changes nothing unless it is told which axis holds the channels", async () => {
    const image = ramp([3, 2, 2, 2]);
    expect((await applied(image, ensureChannelFirst())).storage).toBe(image.storage);
    expect(valuesOf(await applied(ramp([1, 2, 2]), ensureChannelFirst({ channelDim: "no_channel" })))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it("moves an axis of the file to the channels", async () => {
    const image = placed(ramp([1, 2, 3, 4]));
    for (const [channelDim, axis] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [-1, 2],
      [-3, 0],
    ] as const) {
      const moved = await applied(image, ensureChannelFirst({ channelDim }));
      expect(moved.channels).toBe(image.spatialShape[axis]);
      for (let n = 0; n < moved.channels; n++) {
        expect(valuesOf(moved.selectChannels(n, n + 1))).toEqual(valuesOf(image.slice(axis, n)));
      }
      expect(moved.affine).toEqual(image.slice(axis, 0).affine);
      expect(moved.meta.applied?.[0]).toMatchObject({ name: "ensureChannelFirst", params: { shape: [2, 3, 4] } });
    }
  });

  it("refuses what has channels already or no axis to give, unless it is not strict", async () => {
    for (const volume of [ramp([2, 2, 2, 2]), ramp([1, 2, 2])]) {
      const failing = applied(volume, ensureChannelFirst({ channelDim: -1 }));
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "ensureChannelFirst" });
      const passed = await applied(volume, ensureChannelFirst({ channelDim: -1, strictCheck: false }));
      expect(plain(passed)).toEqual(plain(volume));
    }
    expect(() => ensureChannelFirst({ channelDim: 3 })).toThrow(/channelDim/);
  });
});
