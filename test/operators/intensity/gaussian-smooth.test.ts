import { describe, expect, test } from "vitest";
import { gaussianSmooth } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { line, ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("gaussianSmooth", () => {
  test("spread one voxel into the integral of a Gaussian over each", async () => {
    const spread = await valuesAfter(line(0, 0, 0, 1, 0, 0, 0), gaussianSmooth({ sigma: [1, 0] }));
    // Phi(0.5) - Phi(-0.5), Phi(1.5) - Phi(0.5), …
    for (const [n, expected] of [0.00597704, 0.0605976, 0.2417303, 0.3829249].entries()) {
      expect(spread[n]).toBeCloseTo(expected, 6);
      expect(spread[6 - n]).toBeCloseTo(expected, 6);
    }
  });

  test("each axis has its own width, and 0 leaves it", async () => {
    const image = ramp([1, 4, 5, 3]);
    expect(await valuesAfter(image, gaussianSmooth({ sigma: 0 }))).toEqual(valuesOf(image));
    const alongZ = await applied(image, gaussianSmooth({ sigma: [0, 0, 1] }));
    const inner = alongZ.get(0, 1, 2, 1) ?? 0;
    expect(inner).toBeCloseTo(29 * 0.3829249 + (9 + 49) * 0.2417303, 3);
  });
});

monaiCases("gaussianSmooth", { row: ({ sigma }) => gaussianSmooth({ sigma: Number(sigma) }) });

optionSets("gaussianSmooth", greyImages, [{ sigma: 0 }, { sigma: [0.5, 0, 0.2] }, { sigma: 5 }]);
