import { describe, expect, test } from "vitest";
import { divisiblePad } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases, numberIn } from "../../support/monai-cases.ts";
import { ramp } from "../../support/volumes.ts";

describe("divisiblePad", () => {
  test("pads to the next multiple, the odd voxel behind, and leaves axes with k of 0", async () => {
    const image = ramp([1, 9, 8, 5]);
    const padded = await applied(image, divisiblePad({ k: [4, 4, 0] }));
    expect(padded.spatialShape).toEqual([12, 8, 5]);
    expect(padded.affine[3]).toBe(-1);
    expect((await applied(image, divisiblePad({ k: 4, method: "end" }))).get(0, 0, 0, 0)).toBe(0);
  });
});

monaiCases("divisiblePad", {
  call: (operation, call) => (operation === "pad_divisible" ? divisiblePad({ k: numberIn(call, "k") }) : undefined),
  row: ({ k }) => divisiblePad({ k: Number(k) }),
});
