import { describe, expect, test } from "vitest";
import { savitzkyGolaySmooth } from "voxrx/operators";
import { savitzkyGolayWeights } from "../../../src/kernels/savitzky-golay.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line, ramp } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("savitzkyGolaySmooth", () => {
  test("has the published weights", () => {
    const of = (length: number, order: number) => Array.from(savitzkyGolayWeights(length, order));
    const expected = [-3, 12, 17, 12, -3].map((n) => n / 35);
    for (const [n, weight] of of(5, 2).entries()) expect(weight).toBeCloseTo(expected[n] ?? Number.NaN, 12);
    const quartic = [5, -30, 75, 131, 75, -30, 5].map((n) => n / 231);
    for (const [n, weight] of of(7, 4).entries()) expect(weight).toBeCloseTo(quartic[n] ?? Number.NaN, 12);
    expect(of(1, 0)).toEqual([1]);
  });

  test("leaves a polynomial of its order as it is, away from the ends", async () => {
    const cubic = Array.from({ length: 15 }, (_, x) => 0.1 * x ** 3 - x ** 2 + 2);
    const smooth = await valuesAfter(line(...cubic), savitzkyGolaySmooth({ windowLength: 7, order: 3 }));
    for (let n = 3; n < 12; n++) expect(smooth[n]).toBeCloseTo(cubic[n] ?? Number.NaN, 3);
  });

  test("makes up the ends as asked, and works along any axis", async () => {
    const ends = async (mode: "zeros" | "reflect" | "replicate" | "circular") =>
      (await valuesAfter(line(1, 2, 3, 4, 6), savitzkyGolaySmooth({ windowLength: 3, order: 0, mode }))).map((x) =>
        Math.round(x * 3),
      );
    expect(await ends("zeros")).toEqual([3, 6, 9, 13, 10]);
    expect(await ends("reflect")).toEqual([5, 6, 9, 13, 14]);
    expect(await ends("replicate")).toEqual([4, 6, 9, 13, 16]);
    expect(await ends("circular")).toEqual([9, 6, 9, 13, 11]);
    const image = ramp([2, 3, 4, 5]);
    const options = { windowLength: 3, order: 1, mode: "replicate" } as const;
    const last = await applied(image, savitzkyGolaySmooth({ ...options, axis: -1 }));
    expect(last.get(1, 2, 3, 2)).toBeCloseTo(image.get(1, 2, 3, 2) ?? Number.NaN, 4);
    const flat = ramp([1, 3, 4]);
    await expect(applied(flat, savitzkyGolaySmooth({ ...options, axis: 2 }))).rejects.toMatchObject({
      code: "VOXRX_BAD_VOLUME",
    });
    for (const wrong of [
      { windowLength: 4, order: 1 },
      { windowLength: 3, order: 3 },
    ]) {
      expect(() => savitzkyGolaySmooth(wrong)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});

optionSets("savitzkyGolaySmooth", greyImages, [
  { windowLength: 3, order: 1, axis: -1, mode: "zeros" },
  { windowLength: 7, order: 2, axis: 0, mode: "reflect" },
  { windowLength: 3, order: 1, axis: 1, mode: "replicate" },
  { windowLength: 7, order: 2, axis: -1, mode: "circular" },
]);
