import { describe, expect, test } from "vitest";
import { type TypedArray, Volume } from "voxrx";
import { foregroundMask } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("foregroundMask", () => {
  const bright = line(1, 2, 1, 90, 95, 2, 100, 1);

  test("parts dark from bright where Otsu does, and turns it round", async () => {
    expect(await valuesAfter(bright, foregroundMask())).toEqual([1, 1, 1, 0, 0, 1, 0, 1]);
    const inverted = await applied(bright, foregroundMask({ invert: true }));
    expect(valuesOf(inverted)).toEqual([0, 0, 0, 1, 1, 0, 1, 0]);
    expect([inverted.dtype, inverted.channels]).toEqual(["uint8", 1]);
  });

  test("takes thresholds for all channels or each, and any channel counts", async () => {
    const two = new Volume({ data: Float32Array.of(1, 5, 9, 9, 5, Number.NaN), shape: [2, 3, 1], layout: "x-fastest" });
    expect(await valuesAfter(two, foregroundMask({ threshold: 4 }))).toEqual([1, 0, 0]);
    expect(await valuesAfter(two, foregroundMask({ threshold: [4, 6] }))).toEqual([1, 1, 0]);
    expect(await valuesAfter(two, foregroundMask({ threshold: -4, invert: true }))).toEqual([1, 1, 1]);
    expect(await valuesAfter(two, foregroundMask({ threshold: [-8, -9], invert: true }))).toEqual([0, 0, 1]);
  });

  test("inverts by the type, whatever the brightest voxel is", async () => {
    const mask = (data: TypedArray, threshold: number) =>
      valuesAfter(
        new Volume({ data, shape: [1, data.length, 1], layout: "x-fastest" }),
        foregroundMask({ threshold, invert: true }),
      );
    expect(await mask(Uint8Array.of(0, 50, 100, 150, 200), 100)).toEqual([0, 0, 0, 0, 1]);
    expect(await mask(Uint8Array.of(0, 50, 100, 150, 154, 155, 255), 100)).toEqual([0, 0, 0, 0, 0, 1, 1]);
    expect(await mask(Uint16Array.of(0, 65_000, 65_535), 535)).toEqual([0, 1, 1]);
    expect(await mask(Int16Array.of(-1000, -101, -102, 0, 3000), 100)).toEqual([0, 1, 0, 1, 1]);
    expect(await mask(Float32Array.of(0, 0.25, 0.5, 0.75, 1, -3), 0.5)).toEqual([0, 0, 1, 1, 1, 0]);
    expect(await mask(Float64Array.of(0.2, 40, 0.4), 0.7)).toEqual([0, 1, 1]);
  });

  test("finds the same bright voxels with Otsu's method in every type", async () => {
    const values = [3, 5, 4, 3, 90, 95, 4, 99];
    for (const type of [Uint8Array, Int8Array, Uint16Array, Int16Array, Int32Array, Float32Array, Float64Array]) {
      const image = new Volume({ data: type.from(values), shape: [1, 8, 1], layout: "x-fastest" });
      expect(await valuesAfter(image, foregroundMask({ invert: true }))).toEqual([0, 0, 0, 0, 1, 1, 0, 1]);
    }
  });

  test("takes a threshold of 0 as one", async () => {
    expect(await valuesAfter(line(-1, 0, 1), foregroundMask({ threshold: 0 }))).toEqual([1, 1, 0]);
    expect(await valuesAfter(line(0.5, 1, 2), foregroundMask({ threshold: 0, invert: true }))).toEqual([0, 1, 1]);
  });

  test("gives a mask of a constant image and of one without a number", async () => {
    for (const value of [0, 3, -7]) {
      expect(await valuesAfter(line(value, value), foregroundMask())).toEqual([1, 1]);
      expect(await valuesAfter(line(value, value, Number.NaN), foregroundMask({ invert: true }))).toEqual([1, 1, 0]);
    }
    expect(await valuesAfter(line(Number.NaN, Number.NaN), foregroundMask())).toEqual([0, 0]);
  });
});

optionSets("foregroundMask", greyImages, [
  {},
  { threshold: [5, 7] },
  { threshold: [5, "otsu"] },
  { threshold: 5, invert: true },
]);
