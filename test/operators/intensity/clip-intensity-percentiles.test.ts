import { describe, expect, test } from "vitest";
import { type ClipIntensityPercentilesOptions, clipIntensityPercentiles } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { valuesAfter } from "../../support/applied.ts";
import { expectNear } from "../../support/near.ts";
import { line } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

const zeroToTen = line(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

describe("clipIntensityPercentiles", () => {
  test("cuts at percentiles, on the sides that are named", async () => {
    const run = (options: ClipIntensityPercentilesOptions) => valuesAfter(zeroToTen, clipIntensityPercentiles(options));
    expect(await run({ lower: 20, upper: 75 })).toEqual([2, 2, 2, 3, 4, 5, 6, 7, 7.5, 7.5, 7.5]);
    expect(await run({ upper: 50 })).toEqual([0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5]);
    expect(() => clipIntensityPercentiles({})).toThrow(/give lower, upper or both/);
  });

  test("bends values off as softplus does, also far outside", async () => {
    const soft = await valuesAfter(zeroToTen, clipIntensityPercentiles({ lower: 20, upper: 80, sharpnessFactor: 2 }));
    const expected = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
      (x) => x + Math.log1p(Math.exp(-2 * (x - 2))) / 2 - Math.log1p(Math.exp(2 * (x - 8))) / 2,
    );
    expectNear(soft, expected);
    const sharp = await valuesAfter(
      zeroToTen,
      clipIntensityPercentiles({ lower: 20, upper: 80, sharpnessFactor: 1e6 }),
    );
    expectNear(sharp, [2, 2, 2, 3, 4, 5, 6, 7, 8, 8, 8]);
    const lowOnly = await valuesAfter(zeroToTen, clipIntensityPercentiles({ lower: 0, sharpnessFactor: 1 }));
    expect(lowOnly[0]).toBeCloseTo(Math.log(2));
    expect(lowOnly[10]).toBeCloseTo(10, 3);
  });
});

optionSets("clipIntensityPercentiles", greyImages, [
  { lower: 5 },
  { lower: 5, upper: 90, sharpnessFactor: 1, channelWise: true },
]);
