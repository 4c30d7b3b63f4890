import { describe, expect, test } from "vitest";
import { isVoxRxError, type Operator, type Volume } from "voxrx";
import { spatialCrop } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { attempt } from "../../support/thrown.ts";
import { ramp } from "../../support/volumes.ts";

describe("spatialCrop", () => {
  test("is cut at the image's ends and keeps axes that it does not name", async () => {
    const image = ramp([1, 5, 4, 3]);
    const kept = async (operator: Operator<Volume, Volume>) => (await applied(image, operator)).spatialShape;
    expect(await kept(spatialCrop({ roiStart: [-2], roiEnd: [3] }))).toEqual([3, 4, 3]);
    expect(await kept(spatialCrop({ roiStart: [1, 1, 1], roiEnd: [99, 99, 99] }))).toEqual([4, 3, 2]);
    expect(await kept(spatialCrop({ roiCenter: [0, 2, 0], roiSize: [3, 2, -1] }))).toEqual([3, 2, 3]);
  });

  test("moves no voxel in the world and shares its samples", async () => {
    const image = ramp([1, 5, 4, 3]);
    const part = await applied(image, spatialCrop({ roiStart: [1, 2, 0], roiEnd: [4, 4, 2] }));
    expect(part.storage).toBe(image.storage);
    expect([part.affine[3], part.affine[7], part.affine[11]]).toEqual([1, 2, 0]);
    expect(part.get(0, 0, 0, 0)).toBe(image.get(0, 1, 2, 0));
  });

  test("refuses a region that holds no voxel", async () => {
    const failed = applied(ramp([1, 5, 4, 3]), spatialCrop({ roiStart: [7], roiEnd: [9] }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "spatialCrop" });
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const wrong = [
      {},
      { roiCenter: [1] },
      { roiSize: [1] },
      { roiStart: [3], roiEnd: [3] },
      { roiStart: [1], roiEnd: [2, 3] },
    ];
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => spatialCrop(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});

monaiCases("spatialCrop", {
  call: (operation) =>
    operation === "spatial_crop" ? spatialCrop({ roiCenter: [20, 22, 5], roiSize: [16, 17, 8] }) : undefined,
});
