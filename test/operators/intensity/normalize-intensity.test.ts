import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { normalizeIntensity } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { line, plain, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("normalizeIntensity", () => {
  test("gives MONAI's values and does not write into its input", async () => {
    const image = line(0, 1, 2, 3);
    const before = plain(image);
    const values = valuesOf(await applied(image, normalizeIntensity()));
    for (const [n, value] of [-1.341641, -0.447214, 0.447214, 1.341641].entries()) {
      expect(values[n]).toBeCloseTo(value, 6);
    }
    expect(valuesOf(await applied(line(0, 3, 0, 4), normalizeIntensity({ nonzero: true })))).toEqual([0, -1, 0, 1]);
    expect(plain(image)).toEqual(before);
  });

  test("leaves values out of the mean and the deviation that are not finite, and keeps them", async () => {
    const [nan, high, low] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const images = [line(0, high, 1, 2, 3), line(0, low, 1, 2, 3), line(0, high, low, 1, 2, nan, 3)];
    const expected = valuesOf(await applied(line(0, 1, 2, 3), normalizeIntensity()));
    for (const image of images) {
      for (const options of [{}, { channelWise: true }]) {
        const values = valuesOf(await applied(image, normalizeIntensity(options)));
        expect(values.filter(Number.isFinite)).toEqual(expected);
        expect(values.filter((value) => !Number.isFinite(value))).toEqual(
          valuesOf(image).filter((value) => !Number.isFinite(value)),
        );
      }
    }
    expect(valuesOf(await applied(line(high, 0, 3, 4), normalizeIntensity({ nonzero: true })))).toEqual([
      high,
      0,
      -1,
      1,
    ]);
    expect(valuesOf(await applied(line(high, high), normalizeIntensity()))).toEqual([high, high]);
  });

  test("makes a constant image 0, and takes numbers per channel", async () => {
    expect(valuesOf(await applied(line(5, 5), normalizeIntensity()))).toEqual([0, 0]);
    const two = new Volume({ data: Float32Array.of(1, 3, 10, 30), shape: [2, 2, 1], layout: "x-fastest" });
    const operator = normalizeIntensity({ subtrahend: [1, 10], divisor: [2, 0], channelWise: true });
    expect(valuesOf(await applied(two, operator))).toEqual([0, 1, 0, 20]);
    await expect(applied(line(1), operator)).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });
});

monaiCases("normalizeIntensity", {
  call(operation) {
    if (operation === "normalize") return normalizeIntensity();
    const isNonzero = operation === "normalize_nonzero_channel";
    return isNonzero ? normalizeIntensity({ nonzero: true, channelWise: true }) : undefined;
  },
  row: ({ nonzero, channelWise }) =>
    normalizeIntensity({ nonzero: nonzero === true, channelWise: channelWise === true }),
});

optionSets("normalizeIntensity", greyImages, [
  { nonzero: true, channelWise: true },
  { subtrahend: 3, divisor: 7 },
  { subtrahend: 3, divisor: 0, nonzero: true },
  { subtrahend: 3, channelWise: true },
]);
