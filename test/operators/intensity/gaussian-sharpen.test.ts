import { describe, expect, test } from "vitest";
import { gaussianSharpen, gaussianSmooth } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("gaussianSharpen", () => {
  test("sharpening adds what smoothing again takes away", async () => {
    const image = line(0, 0, 4, 9, 1, 0, 0, 3);
    const options = { sigma1: [0.7, 0], sigma2: [0.5, 0], alpha: 3 };
    const once = await applied(image, gaussianSmooth({ sigma: options.sigma1 }));
    const twice = await valuesAfter(once, gaussianSmooth({ sigma: options.sigma2 }));
    const expected = valuesOf(once).map((value, n) => value + 3 * (value - (twice[n] ?? 0)));
    for (const [n, value] of (await valuesAfter(image, gaussianSharpen(options))).entries()) {
      expect(value).toBeCloseTo(expected[n] ?? Number.NaN, 4);
    }
  });
});

optionSets("gaussianSharpen", greyImages, [{ sigma1: 0.4, sigma2: [0.3, 0, 0] }, {}]);
