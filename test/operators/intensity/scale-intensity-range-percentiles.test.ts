import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { scaleIntensityRangePercentiles } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { valuesAfter } from "../../support/applied.ts";
import { monaiCases, numberIn } from "../../support/monai-cases.ts";
import { expectNear } from "../../support/near.ts";
import { line } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

const zeroToTen = line(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

describe("scaleIntensityRangePercentiles", () => {
  test("makes two percentiles the ends of the range, or their own share of it", async () => {
    const ends = { lower: 10, upper: 90, bMin: 0, bMax: 1 };
    expectNear(
      await valuesAfter(zeroToTen, scaleIntensityRangePercentiles(ends)),
      [-0.125, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.125],
    );
    expectNear(
      await valuesAfter(zeroToTen, scaleIntensityRangePercentiles({ ...ends, relative: true })),
      [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    );
    const clipped = await valuesAfter(zeroToTen, scaleIntensityRangePercentiles({ ...ends, clip: true }));
    expect([clipped[0], clipped[10]]).toEqual([0, 1]);
  });

  test("takes each channel by itself if asked, and leaves NaN out and as it is", async () => {
    const two = new Volume({
      data: Float32Array.of(0, 5, 10, Number.NaN, 0, 50, 100, 25),
      shape: [2, 4, 1],
      layout: "x-fastest",
    });
    const ends = { lower: 0, upper: 100, bMin: 0, bMax: 1 };
    expect(await valuesAfter(two, scaleIntensityRangePercentiles({ ...ends, channelWise: true }))).toEqual([
      0,
      0.5,
      1,
      Number.NaN,
      0,
      0.5,
      1,
      0.25,
    ]);
    expect((await valuesAfter(two, scaleIntensityRangePercentiles(ends)))[2]).toBeCloseTo(0.1);
  });

  test("wrong options fail when composed", () => {
    for (const wrong of [
      { lower: 90, upper: 10 },
      { lower: -1, upper: 10 },
      { lower: 1, upper: 99, clip: true },
      { lower: 1, upper: 99, relative: true },
    ]) {
      expect(() => scaleIntensityRangePercentiles(wrong)).toThrow(
        expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
      );
    }
  });
});

monaiCases("scaleIntensityRangePercentiles", {
  call(operation, call) {
    if (!operation.startsWith("percentiles")) return undefined;
    const [lower, upper] = [numberIn(call, "lower"), numberIn(call, "upper")];
    const [bMin, bMax] = [numberIn(call, "b_min"), numberIn(call, "b_max")];
    const relative = call.includes("relative=True");
    return scaleIntensityRangePercentiles({ lower, upper, bMin, bMax, clip: !relative, relative });
  },
  row({ lower, upper, bMin, bMax, clip }) {
    const range = { lower: Number(lower), upper: Number(upper), bMin: Number(bMin), bMax: Number(bMax) };
    return scaleIntensityRangePercentiles({ ...range, clip: clip === true });
  },
});

optionSets("scaleIntensityRangePercentiles", greyImages, [{ lower: 5, upper: 90, bMin: 0, bMax: 1, relative: true }]);
