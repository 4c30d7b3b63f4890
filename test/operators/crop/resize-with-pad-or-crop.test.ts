import { describe, expect, test } from "vitest";
import { resizeWithPadOrCrop } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases, numbersOf } from "../../support/monai-cases.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

describe("resizeWithPadOrCrop", () => {
  test("gives the sizes of MONAI's tests, and undoes itself where it padded", async () => {
    const image = ramp([3, 8, 8, 4]);
    const resized = await applied(image, resizeWithPadOrCrop({ spatialSize: [15, 4, -1] }));
    expect(resized.shape).toEqual([3, 15, 4, 4]);
    const back = await applied(
      image,
      resizeWithPadOrCrop({ spatialSize: [15, 9, 4] }),
      resizeWithPadOrCrop({ spatialSize: [8, 8, 4] }),
    );
    expect(valuesOf(back)).toEqual(valuesOf(image));
    expect(back.affine).toEqual(image.affine);
  });
});

monaiCases("resizeWithPadOrCrop", {
  call: (operation) => (operation === "pad_or_crop" ? resizeWithPadOrCrop({ spatialSize: [64, 50, 40] }) : undefined),
  row: ({ spatialSize }) => resizeWithPadOrCrop({ spatialSize: numbersOf(spatialSize) }),
});
