import fc from "fast-check";
import { expect, test } from "vitest";
import type { Operator, Volume } from "voxrx";
import {
  adjustContrast,
  clipIntensityPercentiles,
  foregroundMask,
  gaussianSharpen,
  gaussianSmooth,
  histogramNormalize,
  medianSmooth,
  savitzkyGolaySmooth,
  scaleIntensityRangePercentiles,
  shiftIntensity,
} from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { anyVolume, plain, ramp } from "../../support/volumes.ts";

test("a view and its copy come out the same, and the input is not written to", async () => {
  const operators: Operator<Volume, Volume>[] = [
    adjustContrast({ gamma: 1.7 }),
    clipIntensityPercentiles({ lower: 10, upper: 80 }),
    clipIntensityPercentiles({ lower: 10, sharpnessFactor: 1 }),
    histogramNormalize({ numBins: 8 }),
    scaleIntensityRangePercentiles({ lower: 10, upper: 80, channelWise: true }),
    shiftIntensity({ offset: 2 }),
  ];
  await fc.assert(
    fc.asyncProperty(anyVolume, fc.constantFrom(...operators), async (volume, operator) => {
      const before = plain(volume);
      const [view, copy] = [await applied(volume, operator), await applied(volume.toContiguous("z-fastest"), operator)];
      expect(plain(view)).toEqual(plain(copy));
      expect(view.dtype).toBe("float32");
      expect(plain(volume)).toEqual(before);
    }),
    { numRuns: 80 },
  );
});

test("filters give a view and its copy the same bytes", async () => {
  const image = ramp([2, 6, 5, 4], "int16", -20).flip([1]).permute([2, 0, 1]);
  for (const operator of [
    gaussianSmooth({ sigma: [1, 0.5, 2] }),
    gaussianSharpen(),
    medianSmooth(),
    savitzkyGolaySmooth({ windowLength: 3, order: 1, axis: 1 }),
    foregroundMask(),
  ]) {
    expect(plain(await applied(image, operator))).toEqual(plain(await applied(image.toContiguous(), operator)));
  }
});
