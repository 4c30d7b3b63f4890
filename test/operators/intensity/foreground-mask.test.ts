import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
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
    expect(await valuesAfter(two, foregroundMask({ threshold: 4, invert: true }))).toEqual([1, 1, 1]);
  });

  test("gives a mask of a constant image and of one without a number", async () => {
    expect((await valuesAfter(line(3, 3), foregroundMask())).every((value) => value === 0 || value === 1)).toBe(true);
    expect(await valuesAfter(line(Number.NaN, Number.NaN), foregroundMask())).toEqual([0, 0]);
  });
});

optionSets("foregroundMask", greyImages, [
  {},
  { threshold: [5, 7] },
  { threshold: [5, "otsu"] },
  { threshold: 5, invert: true },
]);
