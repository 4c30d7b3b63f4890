import { describe, expect, test } from "vitest";
import { centerSpatialCrop } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases, numbersOf } from "../../support/monai-cases.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

const row = (n: number) => ramp([1, n, 1]);

describe("centerSpatialCrop", () => {
  test("keeps the voxels that MONAI keeps", async () => {
    const kept = async (size: number) => valuesOf(await applied(row(5), centerSpatialCrop({ roiSize: [size, -1] })));
    expect(await kept(4)).toEqual([0, 1, 2, 3]);
    expect(await kept(3)).toEqual([1, 2, 3]);
    expect(await kept(2)).toEqual([1, 2]);
    expect(await kept(9)).toEqual([0, 1, 2, 3, 4]);
  });
});

monaiCases("centerSpatialCrop", {
  call: (operation) => (operation === "center_crop" ? centerSpatialCrop({ roiSize: [31, 24, 9] }) : undefined),
  row: ({ roiSize }) => centerSpatialCrop({ roiSize: numbersOf(roiSize) }),
});
