import { describe, expect, it } from "vitest";
import { Dataset } from "voxrx";
import { type CropForegroundOptions, cropForeground, resizeWithPadOrCrop, spatialPad } from "voxrx/operators";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

describe("spatialPad", () => {
  it("puts the odd voxel behind, and shrinks nothing", async () => {
    const padded = await applied(ramp([1, 4, 8, 3]), spatialPad({ spatialSize: [7, 4, -1] }));
    expect(padded.spatialShape).toEqual([7, 8, 3]);
    expect(padded.affine[3]).toBe(-1);
    const end = await applied(ramp([1, 2, 3]), spatialPad({ spatialSize: [3, 4], method: "end" }));
    expect([end.spatialShape, end.affine[3]]).toEqual([[3, 4], 0]);
  });

  it("holds a value, the nearest voxel, or the mirrored image", async () => {
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

describe("resizeWithPadOrCrop", () => {
  it("gives the sizes of MONAI's tests, and undoes itself where it padded", async () => {
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

describe("cropForeground", () => {
  const image = ramp([1, 5, 5, 1], "uint8");
  const blob = image.withSamples({
    data: Uint8Array.from({ length: 25 }, (_, at) => (at % 5 > 0 && at % 5 < 4 && at > 4 && at < 20 ? 1 : 0)),
    layout: "x-fastest",
  });

  it("keeps the box of the foreground, with margins and multiples", async () => {
    const kept = async (options: Omit<CropForegroundOptions, "sourceKey">) => {
      const { spatialShape, affine } = await applied(blob, cropForeground(options));
      return [...spatialShape, affine[3], affine[7]];
    };
    expect(await kept({})).toEqual([3, 3, 1, 1, 1]);
    expect(await kept({ margin: [2, 1, 0] })).toEqual([7, 5, 1, -1, 0]);
    expect(await kept({ margin: [2, 1, 0], allowSmaller: true })).toEqual([5, 5, 1, 0, 0]);
    expect(await kept({ kDivisible: [4, 4, 1] })).toEqual([4, 4, 1, 1, 1]);
  });

  it("cuts all fields to the box of one, and says when there is none", async () => {
    const before = plain(blob);
    const items = Dataset.from([{ image, label: blob }]);
    const [item] = await items.pipe(cropForeground({ keys: ["image", "label"], sourceKey: "label" })).toArray();
    expect(valuesOf(item?.image ?? image)).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18]);
    expect(plain(blob)).toEqual(before);
    const none = applied(blob, cropForeground({ threshold: 1 }));
    await expect(none).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "cropForeground" });
  });
});
