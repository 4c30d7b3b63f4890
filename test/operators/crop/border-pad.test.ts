import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { borderPad, spatialCrop } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases, numbersOf } from "../../support/monai-cases.ts";
import { anyVolume, plain, ramp } from "../../support/volumes.ts";

describe("borderPad", () => {
  test("takes one number, one per axis, or two per axis", async () => {
    const image = ramp([1, 3, 4, 5]);
    const size = async (spatialBorder: number | number[]) =>
      (await applied(image, borderPad({ spatialBorder }))).spatialShape;
    expect(await size(1)).toEqual([5, 6, 7]);
    expect(await size([1, 0, 2])).toEqual([5, 4, 9]);
    expect(await size([1, 0, 0, 2, 3, 3])).toEqual([4, 6, 11]);
    await expect(size([1, 2])).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "borderPad" });
    expect(() => borderPad({ spatialBorder: -1 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });

  test("then cropping is identity", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyVolume,
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom("constant", "edge"),
        async (volume, border, mode) => {
          const rank = volume.spatialShape.length;
          const back = await applied(
            volume,
            borderPad({ spatialBorder: border, mode }),
            spatialCrop({ roiStart: new Array(rank).fill(border), roiEnd: volume.spatialShape.map((n) => n + border) }),
          );
          expect({ ...Object(plain(back)), meta: {} }).toEqual({ ...Object(plain(volume)), meta: {} });
        },
      ),
      { numRuns: 50 },
    );
  });
});

test("borderPad refuses a number of borders that fits no image when it is composed", () => {
  const five = () => borderPad({ spatialBorder: [1, 1, 1, 1, 1] });
  expect(five).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
});

monaiCases("borderPad", { row: ({ spatialBorder }) => borderPad({ spatialBorder: numbersOf(spatialBorder) }) });
