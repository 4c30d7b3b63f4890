import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { scaleIntensity } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("scaleIntensity", () => {
  test("runs from minv to maxv", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const before = plain(volume);
        const scaled = await applied(volume, scaleIntensity({ minv: -1, maxv: 3 }));
        const values = valuesOf(scaled);
        expect(scaled.dtype).toBe("float32");
        expect(Math.min(...values)).toBe(-1);
        expect(Math.max(...values)).toBeCloseTo(values.length > 1 ? 3 : -1, 6);
        expect(plain(volume)).toEqual(before);
        expect([scaled.shape, scaled.affine]).toEqual([volume.shape, volume.affine]);
      }),
    );
  });

  test("makes a constant image minv", async () => {
    expect(valuesOf(await applied(row([7, 7]), scaleIntensity({ minv: -1, maxv: 1 })))).toEqual([-1, -1]);
  });

  test("scales each channel by itself if told", async () => {
    const image = new Volume({ data: Float32Array.of(0, 1, 10, 30), shape: [2, 2, 1], layout: "x-fastest" });
    expect(valuesOf(await applied(image, scaleIntensity({ channelWise: true })))).toEqual([0, 1, 0, 1]);
    expect(valuesOf(await applied(image, scaleIntensity({ maxv: 30 })))).toEqual([0, 1, 10, 30]);
  });

  test("multiplies by 1 + factor", async () => {
    expect(valuesOf(await applied(row([-2, 0, 4]), scaleIntensity({ factor: 0.5 })))).toEqual([-3, 0, 6]);
  });

  test("leaves NaN out of the range and as it is", async () => {
    expect(valuesOf(await applied(row([0, Number.NaN, 4, 1]), scaleIntensity()))).toEqual([0, Number.NaN, 1, 0.25]);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    for (const options of [{ factor: 1, minv: 0 }, { minv: Number.NaN }, { max: 1 }]) {
      expect(
        isVoxRxError(
          attempt(() => scaleIntensity(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});

monaiCases("scaleIntensity", {
  call(operation) {
    if (operation === "scale") return scaleIntensity({ minv: 0, maxv: 1 });
    return operation === "scale_factor" ? scaleIntensity({ factor: 0.25 }) : undefined;
  },
  row: () => scaleIntensity(),
});

optionSets("scaleIntensity", greyImages, [{}, { factor: 0.3 }, { channelWise: true, minv: -1 }]);
