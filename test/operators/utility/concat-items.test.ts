import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dtype, Volume } from "voxrx";
import { concatItems, splitChannel } from "voxrx/operators";
import { madeOf } from "../../support/applied.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";

const placed = (volume: Volume) => volume.withAffine([2, 0, 0, -5, 0, 0, 3, 7, 0, -4, 0, 1, 0, 0, 0, 1]);

describe("concatItems", () => {
  test("joins along channels in the order of the keys, whatever the layout, under the first one's affine", async () => {
    const a = placed(ramp([1, 2, 2, 1]));
    const b = ramp([2, 2, 2, 1], "float32", 10).flip([0]);
    const { both } = await madeOf({ a, b }, concatItems({ keys: ["b", "a"], name: "both" }));
    expect(both.shape).toEqual([3, 2, 2, 1]);
    expect(valuesOf(both)).toEqual([11, 10, 13, 12, 15, 14, 17, 16, 0, 1, 2, 3]);
    expect(both.affine).toEqual(b.affine);
    const { first } = await madeOf({ a, b }, concatItems({ keys: ["a", "b"], name: "first" }));
    expect(first.affine).toEqual(a.affine);
  });

  test("joins along an axis of space too, also counted from the end", async () => {
    const item = { a: ramp([1, 2, 2]), b: ramp([1, 2, 1], "float32", 10) };
    for (const dim of [2, -1]) {
      const { long } = await madeOf(item, concatItems({ keys: ["a", "b"], name: "long", dim }));
      expect([long.shape, valuesOf(long)]).toEqual([
        [1, 2, 3],
        [0, 1, 2, 3, 10, 11],
      ]);
    }
    const x = { a: ramp([1, 2, 2]), b: ramp([1, 1, 2], "float32", 10) };
    const { wide } = await madeOf(x, concatItems({ keys: ["a", "b"], name: "wide", dim: 1 }));
    expect([wide.shape, valuesOf(wide)]).toEqual([
      [1, 3, 2],
      [0, 1, 10, 2, 3, 11],
    ]);
  });

  test("takes the narrowest element type that holds all", async () => {
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
      const { both } = await madeOf(item, concatItems({ keys: ["a", "b"], name: "both" }));
      expect([one, other, both.dtype]).toEqual([one, other, wanted]);
    }
  });

  test("is undone by splitChannel", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (image) => {
        const item = { image, again: image };
        const { both } = await madeOf(item, concatItems({ keys: ["image", "again"], name: "both" }));
        const parts = await madeOf({ both }, splitChannel({ keys: "both" }));
        const channel = image.selectChannels(image.channels - 1, image.channels);
        const last = parts[`both_${2 * image.channels - 1}`];
        expect(last && plain(last)).toEqual(plain(channel));
        expect(Object.keys(parts)).toHaveLength(1 + 2 * image.channels);
      }),
    );
  });

  test("refuses shapes that do not fit", async () => {
    const item = { a: ramp([1, 2, 2]), b: ramp([1, 2, 3]) };
    const failing = madeOf(item, concatItems({ keys: ["a", "b"], name: "both" }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "concatItems" });
    await expect(failing).rejects.toThrow(/\[1,2,2\], \[1,2,3\]/);
    for (const dim of [3, -4]) {
      const none = madeOf(item, concatItems({ keys: ["a"], name: "both", dim }));
      await expect(none).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
    }
  });
});
