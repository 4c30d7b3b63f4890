import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { type CropForegroundOptions, cropForeground } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";

describe("cropForeground", () => {
  const image = ramp([1, 5, 5, 1], "uint8");
  const blob = image.withSamples({
    data: Uint8Array.from({ length: 25 }, (_, at) => (at % 5 > 0 && at % 5 < 4 && at > 4 && at < 20 ? 1 : 0)),
    layout: "x-fastest",
  });

  test("keeps the box of the foreground, with margins and multiples", async () => {
    const kept = async (options: Omit<CropForegroundOptions, "sourceKey">) => {
      const { spatialShape, affine } = await applied(blob, cropForeground(options));
      return [...spatialShape, affine[3], affine[7]];
    };
    expect(await kept({})).toEqual([3, 3, 1, 1, 1]);
    expect(await kept({ margin: [2, 1, 0] })).toEqual([7, 5, 1, -1, 0]);
    expect(await kept({ margin: [2, 1, 0], allowSmaller: true })).toEqual([5, 5, 1, 0, 0]);
    expect(await kept({ kDivisible: [4, 4, 1] })).toEqual([4, 4, 1, 1, 1]);
  });

  test("cuts all fields to the box of one, and says when there is none", async () => {
    const before = plain(blob);
    const items = Dataset.from([{ image, label: blob }]);
    const [item] = await items.pipe(cropForeground({ keys: ["image", "label"], sourceKey: "label" })).toArray();
    expect(valuesOf(item?.image ?? image)).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18]);
    expect(plain(blob)).toEqual(before);
    const none = applied(blob, cropForeground({ threshold: 1 }));
    await expect(none).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "cropForeground" });
  });
});

monaiCases("cropForeground", {
  call(operation, call) {
    const threshold = Number(/x > (-?\d+)/.exec(call)?.[1] ?? 0);
    if (operation === "crop_foreground") return cropForeground({ threshold });
    if (operation === "crop_foreground_divisible") return cropForeground({ threshold, kDivisible: 16 });
    const isMargin = operation === "crop_foreground_margin";
    return isMargin ? cropForeground({ threshold, margin: 7, allowSmaller: true }) : undefined;
  },
  row: ({ margin }) => cropForeground({ margin: Number(margin) }),
});
