import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dtype, Volume } from "voxrx";
import { castToType } from "voxrx/operators";
import { applied, madeOf } from "../../support/applied.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";

describe("castToType", () => {
  const row = (...values: number[]) => new Volume({ data: Float64Array.from(values), shape: [1, values.length, 1] });

  test("cuts fractions, and goes to the nearest float32", async () => {
    const cut = await applied(row(2.9, -2.9, 127.5, -128.9), castToType({ dtype: "int8" }));
    expect([cut.dtype, valuesOf(cut)]).toEqual(["int8", [2, -2, 127, -128]]);
    const float = await applied(row(2.9, Number.NaN, Number.NEGATIVE_INFINITY), castToType());
    expect([float.dtype, valuesOf(float)]).toEqual([
      "float32",
      [Math.fround(2.9), Number.NaN, Number.NEGATIVE_INFINITY],
    ]);
  });

  test("refuses what an integer type can't hold, of fractions and of integers", async () => {
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

  test("keeps values, shape and affine where the type holds them", async () => {
    const wide: Dtype = "float64";
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const [cast, back] = [castToType({ dtype: wide }), castToType({ dtype: volume.dtype })];
        expect(plain(await applied(volume, cast, back))).toEqual(plain(volume));
      }),
    );
  });

  test("passes an image of that type, and takes a type for each field", async () => {
    const image = ramp([1, 2, 1]).flip([0]);
    expect((await applied(image, castToType())).storage).toBe(image.storage);
    const fields = await madeOf(
      { image, label: image },
      castToType({ keys: ["label", "image"], dtype: ["uint8", "float64"] }),
    );
    expect([fields.image.dtype, fields.label.dtype]).toEqual(["float64", "uint8"]);
  });
});
