import { describe, expect, test } from "vitest";
import { randStdShiftIntensity } from "voxrx/operators";
import { stdShifted } from "../../../operators/intensity/rand-std-shift-intensity.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randStdShiftIntensity", () => {
  const whole = { nonzero: false, channelWise: false };

  test("adds a multiple of the deviation of the image, of what is not zero, or of each channel", () => {
    expect(valuesOf(stdShifted(row([1, 3]), 2, whole))).toEqual([3, 5]);
    expect(valuesOf(stdShifted(row([0, 1, 3]), 2, { nonzero: true, channelWise: false }))).toEqual([0, 3, 5]);
    const image = row([1, 3, 10, 30], [2, 2, 1]);
    expect(valuesOf(stdShifted(image, -1, { nonzero: false, channelWise: true }))).toEqual([0, 2, 0, 20]);
    expect(valuesOf(stdShifted(row([1, Number.NaN, 3]), 2, whole))).toEqual([3, Number.NaN, 5]);
    expect(valuesOf(stdShifted(row([7, 7]), 2, whole))).toEqual([7, 7]);
  });

  test("draws one factor evenly for all channels", async () => {
    const drawn = await drawnBy(randStdShiftIntensity({ factors: 2, prob: 0.2 }), { shape: [2, 1, 1] });
    expectChance(drawn.length, drawCount, 0.2);
    expectUniform(numbersAt(drawn, "factor"), -2, 2);
    expectRefused([() => randStdShiftIntensity({ factors: [2, 1] })]);
  });
});

optionSets("randStdShiftIntensity", greyImages, [{ prob: 1, factors: 2 }]);
