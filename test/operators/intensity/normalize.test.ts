import { describe, expect, it } from "vitest";
import { Volume } from "voxrx";
import { normalizeIntensity, thresholdIntensity } from "voxrx/operators";
import { plain, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

const row = (...values: number[]) =>
  new Volume({ data: Float32Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });

describe("normalizeIntensity", () => {
  it("gives MONAI's values and does not write into its input", async () => {
    const image = row(0, 1, 2, 3);
    const before = plain(image);
    const values = valuesOf(await applied(image, normalizeIntensity()));
    for (const [n, value] of [-1.341641, -0.447214, 0.447214, 1.341641].entries()) {
      expect(values[n]).toBeCloseTo(value, 6);
    }
    expect(valuesOf(await applied(row(0, 3, 0, 4), normalizeIntensity({ nonzero: true })))).toEqual([0, -1, 0, 1]);
    expect(plain(image)).toEqual(before);
  });

  it("makes a constant image 0, and takes numbers per channel", async () => {
    expect(valuesOf(await applied(row(5, 5), normalizeIntensity()))).toEqual([0, 0]);
    const two = new Volume({ data: Float32Array.of(1, 3, 10, 30), shape: [2, 2, 1], layout: "x-fastest" });
    const operator = normalizeIntensity({ subtrahend: [1, 10], divisor: [2, 0], channelWise: true });
    expect(valuesOf(await applied(two, operator))).toEqual([0, 1, 0, 20]);
    await expect(applied(row(1), operator)).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });
});

describe("thresholdIntensity", () => {
  it("keeps what is beyond the bound, strictly", async () => {
    const image = row(4, 5, 6, Number.NaN);
    expect(valuesOf(await applied(image, thresholdIntensity({ threshold: 5 })))).toEqual([0, 0, 6, 0]);
    const below = thresholdIntensity({ threshold: 5, above: false, cval: 9 });
    expect(valuesOf(await applied(image, below))).toEqual([4, 9, 9, 9]);
  });
});
