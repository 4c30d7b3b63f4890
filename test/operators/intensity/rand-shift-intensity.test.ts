import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { randShiftIntensity } from "voxrx/operators";
import { shiftedBy } from "../../../operators/intensity/shift-intensity.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { ramp, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randShiftIntensity", () => {
  test("adds to every channel its own, as float32", () => {
    const image = row([1, 2, 10, Number.NaN], [2, 2, 1]);
    expect(valuesOf(shiftedBy(image, [0.5], false))).toEqual([1.5, 2.5, 10.5, Number.NaN]);
    expect(valuesOf(shiftedBy(image, [0, -10], false))).toEqual([1, 2, 0, Number.NaN]);
    expect(shiftedBy(ramp([1, 2, 1], "uint8"), [300], false).dtype).toBe("float32");
  });

  test("keeps results within the range of an integer type if safe", () => {
    expect(valuesOf(shiftedBy(ramp([1, 2, 1], "uint8", 254), [1.5], true))).toEqual([255, 255]);
    expect(valuesOf(shiftedBy(ramp([1, 2, 1], "int8"), [-128.5], true))).toEqual([-128, -127.5]);
    expect(valuesOf(shiftedBy(ramp([1, 2, 1], "int32"), [-3e9], true))).toEqual([-(2 ** 31), -(2 ** 31)]);
    expect(valuesOf(shiftedBy(row([1, 2]), [1e6], true))).toEqual([1e6 + 1, 1e6 + 2]);
    expect(valuesOf(shiftedBy(ramp([1, 1, 1], "uint8", 254), [1.5], false))).toEqual([255.5]);
  });

  test("draws evenly: from -f to f, from a range, for each channel", async () => {
    const drawn = await drawnBy(randShiftIntensity({ offsets: 5, prob: 0.2 }));
    expectChance(drawn.length, drawCount, 0.2);
    expectUniform(numbersAt(drawn, "offsets", 0), -5, 5);
    const operator = randShiftIntensity({ offsets: [1, 3], prob: 1, channelWise: true });
    const each = await drawnBy(operator, { shape: [2, 1, 1] });
    for (const channel of [0, 1]) expectUniform(numbersAt(each, "offsets", channel), 1, 3);
    expectRefused([() => randShiftIntensity({ offsets: [1, 0] })]);
  });

  test("shifts all fields of an item alike, those with more channels too", async () => {
    const items = [{ image: row([0, 0, 0], [3, 1, 1]), other: row([0]) }];
    const operator = randShiftIntensity({ keys: ["other", "image"], offsets: 1, prob: 1, channelWise: true });
    const [item] = await Dataset.from(items).pipe(operator).toArray();
    expect(item?.image.get(0, 0, 0)).toBe(item?.other.get(0, 0, 0));
    expect(new Set(item && valuesOf(item.image)).size).toBe(3);
  });
});

optionSets("randShiftIntensity", greyImages, [
  { prob: 1, offsets: [100, 200], safe: true },
  { prob: 1, offsets: 3, channelWise: true },
]);
