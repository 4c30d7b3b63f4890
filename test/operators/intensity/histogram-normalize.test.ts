import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histogramNormalize } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { valuesAfter } from "../../support/applied.ts";
import { expectNear } from "../../support/near.ts";
import { line } from "../../support/volumes.ts";
import { greyImages, maskedScans } from "./grey-images.ts";

describe("histogramNormalize", () => {
  // numpy: hist, edges = histogram(x, 4); interp(x, centers, rescaled cumsum)
  test("gives every value its place in the cumulated histogram", async () => {
    const equalized = await valuesAfter(line(0, 1, 1, 2, 8), histogramNormalize({ numBins: 4, min: 0, max: 1 }));
    // bins of width 2: counts 3, 1, 0, 1; cumulated 3, 4, 4, 5; centres 1, 3, 5, 7
    expectNear(equalized, [0, 0, 0, 0.25, 1]);
  });

  test("counts where the mask is, and maps all; a constant image becomes one value; NaN stays", async () => {
    const image = line(0, 1, 1, 2, 8, Number.NaN);
    expect(await valuesAfter(image, histogramNormalize({ numBins: 4, max: 1 }))).toEqual([
      0,
      0,
      0,
      0.25,
      1,
      Number.NaN,
    ]);
    const constant = await valuesAfter(line(5, 5), histogramNormalize({ numBins: 3 }));
    expect(constant[0]).toBe(constant[1]);
    expect(() => histogramNormalize({ min: 2, max: 1 })).toThrow(/min is above max/);
  });

  test("never turns the order of values round", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
          minLength: 2,
          maxLength: 40,
        }),
        async (values) => {
          const before = [...values].sort((a, b) => a - b);
          const after = await valuesAfter(line(...before), histogramNormalize({ numBins: 16 }));
          for (let n = 1; n < after.length; n++) expect(after[n]).toBeGreaterThanOrEqual(after[n - 1] ?? Number.NaN);
        },
      ),
      { numRuns: 60 },
    );
  });
});

optionSets("histogramNormalize", greyImages, [{ numBins: 8 }]);

optionSets("histogramNormalize", maskedScans, [{ keys: "image", maskKey: "mask" }]);
