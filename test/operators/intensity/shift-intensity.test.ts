import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { shiftIntensity } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { valuesAfter } from "../../support/applied.ts";
import { greyImages } from "./grey-images.ts";

describe("shiftIntensity", () => {
  test("adds, and stays within an integer's range only if asked", async () => {
    const bytes = new Volume({ data: Uint8Array.of(0, 100, 250), shape: [1, 3, 1], layout: "x-fastest" });
    expect(await valuesAfter(bytes, shiftIntensity({ offset: 20 }))).toEqual([20, 120, 270]);
    expect(await valuesAfter(bytes, shiftIntensity({ offset: 20, safe: true }))).toEqual([20, 120, 255]);
    expect(await valuesAfter(bytes, shiftIntensity({ offset: -20, safe: true }))).toEqual([0, 80, 230]);
  });
});

optionSets("shiftIntensity", greyImages, [{ offset: 0.1 }, { offset: 200, safe: true }, { offset: -200, safe: true }]);
