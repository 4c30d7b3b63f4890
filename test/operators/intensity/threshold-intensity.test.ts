import { describe, expect, test } from "vitest";
import { thresholdIntensity } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { line, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("thresholdIntensity", () => {
  test("keeps what is beyond the bound, strictly", async () => {
    const image = line(4, 5, 6, Number.NaN);
    expect(valuesOf(await applied(image, thresholdIntensity({ threshold: 5 })))).toEqual([0, 0, 6, 0]);
    const below = thresholdIntensity({ threshold: 5, above: false, cval: 9 });
    expect(valuesOf(await applied(image, below))).toEqual([4, 9, 9, 9]);
  });
});

monaiCases("thresholdIntensity", {
  row: ({ threshold, cval }) => thresholdIntensity({ threshold: Number(threshold), cval: Number(cval) }),
});

optionSets("thresholdIntensity", greyImages, [{ threshold: 5 }, { threshold: 5, above: false, cval: -1.3 }]);
