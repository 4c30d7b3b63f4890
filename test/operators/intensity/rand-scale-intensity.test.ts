import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { randScaleIntensity } from "voxrx/operators";
import { scaledBy } from "../../../operators/intensity/rand-scale-intensity.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { ramp, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randScaleIntensity", () => {
  test("multiplies by 1 + f, each channel by its own", () => {
    const image = row([1, 2, 10, Number.NaN], [2, 2, 1]);
    expect(valuesOf(scaledBy(image, [0.5]))).toEqual([1.5, 3, 15, Number.NaN]);
    expect(valuesOf(scaledBy(image, [0, -0.5]))).toEqual([1, 2, 5, Number.NaN]);
  });

  test("draws f evenly: from -f to f, from a range, for each channel", async () => {
    const drawn = await drawnBy(randScaleIntensity({ factors: 0.3, prob: 0.4 }));
    expectChance(drawn.length, drawCount, 0.4);
    expectUniform(numbersAt(drawn, "factors", 0), -0.3, 0.3);
    const operator = randScaleIntensity({ factors: [1, 3], prob: 1, channelWise: true });
    const each = await drawnBy(operator, { shape: [2, 1, 1] });
    for (const channel of [0, 1]) expectUniform(numbersAt(each, "factors", channel), 1, 3);
  });

  test("scales all fields of an item alike, and makes float32 of items that are not scaled too", async () => {
    const items = Array.from({ length: 30 }, () => ({ image: row([1]), label: ramp([1, 2, 1], "uint8", 1) }));
    const operator = randScaleIntensity({ keys: ["image", "label"], factors: 0.5, prob: 0.5 });
    const scaled = await Dataset.from(items, { seed: 4 }).pipe(operator).toArray();
    for (const { image, label } of scaled) {
      expect(label.get(0, 0, 0)).toBe(image.get(0, 0, 0));
      expect(label.dtype).toBe("float32");
    }
    expect(new Set(scaled.map(({ image }) => image.get(0, 0, 0))).size).toBeGreaterThan(8);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randScaleIntensity({ factors: [1, 0] }),
      () => randScaleIntensity({ factors: Number.NaN }),
      () => randScaleIntensity({ factors: 1, prob: -1 }),
    ]);
  });
});

optionSets("randScaleIntensity", greyImages, [{ prob: 1, factors: 0.3, channelWise: true }]);
