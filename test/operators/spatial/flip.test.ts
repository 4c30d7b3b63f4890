import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flip } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { anyVolume, ramp, valuesOf } from "../../support/volumes.ts";

describe("flip", () => {
  test("done twice is nothing done", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyVolume,
        fc.option(fc.subarray([0, 1, -1], { minLength: 1 }), { nil: undefined }),
        async (volume, axes) => {
          const operator = flip(axes === undefined ? {} : { spatialAxis: axes });
          const twice = await applied(volume, operator, operator);
          expect(valuesOf(twice)).toEqual(valuesOf(volume));
          expect(twice.affine).toEqual(volume.affine);
          expect(twice.storage).toBe(volume.storage);
        },
      ),
    );
  });

  test("reverses all axes unless told which, and counts from the last with negative numbers", async () => {
    expect(valuesOf(await applied(ramp([1, 2, 2]), flip()))).toEqual([3, 2, 1, 0]);
    expect(valuesOf(await applied(ramp([1, 2, 2]), flip({ spatialAxis: -1 })))).toEqual([2, 3, 0, 1]);
  });
});

monaiCases("flip", {
  call: (operation) => (operation === "flip" ? flip({ spatialAxis: [0, 2] }) : undefined),
  row: ({ spatialAxis }) => flip({ spatialAxis: Number(spatialAxis) }),
});
