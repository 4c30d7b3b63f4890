import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { maskIntensity } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";
import { maskedScans } from "./grey-images.ts";

describe("maskIntensity", () => {
  const scan = (mask: Volume, image = ramp([2, 3, 1], "int16", 1)) => Dataset.from([{ image, mask }]);

  test("keeps values where the mask is above the threshold, for all channels or each", async () => {
    const masked = async (mask: Volume, threshold?: number) => {
      const options = { keys: "image", maskKey: "mask", ...(threshold === undefined ? {} : { threshold }) } as const;
      const [item] = await scan(mask).pipe(maskIntensity(options)).toArray();
      return item && valuesOf(item.image);
    };
    expect(await masked(new Volume({ data: Uint8Array.of(0, 1, 2), shape: [1, 3, 1], layout: "x-fastest" }))).toEqual([
      0, 2, 3, 0, 5, 6,
    ]);
    expect(
      await masked(new Volume({ data: Uint8Array.of(0, 1, 2), shape: [1, 3, 1], layout: "x-fastest" }), 1),
    ).toEqual([0, 0, 3, 0, 0, 6]);
    const each = new Volume({ data: Uint8Array.of(1, 0, 0, 0, 0, 1), shape: [2, 3, 1], layout: "x-fastest" });
    expect(await masked(each)).toEqual([1, 0, 0, 0, 0, 6]);
    expect(await masked(each.flip([0]))).toEqual([0, 0, 3, 4, 0, 0]);
  });

  test("refuses a mask of another shape", async () => {
    const refused = scan(ramp([1, 4, 1]))
      .pipe(maskIntensity({ keys: "image", maskKey: "mask" }))
      .toArray();
    await expect(refused).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "maskIntensity" });
  });
});

optionSets("maskIntensity", maskedScans, [{ keys: ["image"], maskKey: "mask", threshold: 60 }]);
