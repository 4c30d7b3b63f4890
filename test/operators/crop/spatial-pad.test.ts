import { describe, expect, test } from "vitest";
import { spatialPad } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases, numbersOf } from "../../support/monai-cases.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

describe("spatialPad", () => {
  test("puts the odd voxel behind, and shrinks nothing", async () => {
    const padded = await applied(ramp([1, 4, 8, 3]), spatialPad({ spatialSize: [7, 4, -1] }));
    expect(padded.spatialShape).toEqual([7, 8, 3]);
    expect(padded.affine[3]).toBe(-1);
    const end = await applied(ramp([1, 2, 3]), spatialPad({ spatialSize: [3, 4], method: "end" }));
    expect([end.spatialShape, end.affine[3]]).toEqual([[3, 4], 0]);
  });

  test("holds a value, the nearest voxel, or the mirrored image", async () => {
    const row = ramp([1, 3, 1], "uint8");
    const padded = async (mode: "constant" | "edge" | "reflect", value = 0) =>
      applied(row, spatialPad({ spatialSize: [7, -1], mode, value }));
    expect(valuesOf(await padded("constant", 9))).toEqual([9, 9, 0, 1, 2, 9, 9]);
    expect(valuesOf(await padded("edge"))).toEqual([0, 0, 0, 1, 2, 2, 2]);
    expect(valuesOf(await padded("reflect"))).toEqual([2, 1, 0, 1, 2, 1, 0]);
    expect((await padded("constant", 9)).dtype).toBe("uint8");
    const below = await padded("constant", -3);
    expect([below.dtype, below.get(0, 0, 0)]).toEqual(["float32", -3]);
    const wide = await applied(ramp([1, 3, 1], "int32", 2 ** 30 + 1), spatialPad({ spatialSize: [5, -1], value: 0.5 }));
    expect([wide.dtype, wide.get(0, 0, 0), wide.get(0, 1, 0)]).toEqual(["float64", 0.5, 2 ** 30 + 1]);
    const far = applied(row, spatialPad({ spatialSize: 20, mode: "reflect" }));
    await expect(far).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });
});

monaiCases("spatialPad", {
  call(operation, call) {
    const spatialSize = numbersOf(JSON.parse(/spatial_size=(\[[^\]]*\])/.exec(call)?.[1] ?? "[]"));
    if (operation === "pad_symmetric") return spatialPad({ spatialSize });
    if (operation === "pad_end_constant") return spatialPad({ spatialSize, method: "end", value: -3 });
    return operation === "pad_edge" ? spatialPad({ spatialSize, mode: "edge" }) : undefined;
  },
  row: ({ spatialSize }) => spatialPad({ spatialSize: numbersOf(spatialSize) }),
});
