import { describe, expect, test } from "vitest";
import { splitChannel } from "voxrx/operators";
import { madeOf } from "../../support/applied.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

describe("splitChannel", () => {
  const image = ramp([2, 2, 1], "uint8");

  test("gives a view of each channel under the names it is told", async () => {
    const postfixed = await madeOf({ image }, splitChannel({ keys: "image", outputPostfixes: ["t1", "t2"] }));
    expect(Object.keys(postfixed)).toEqual(["image", "image_t1", "image_t2"]);
    expect([valuesOf(postfixed.image_t1), valuesOf(postfixed.image_t2)]).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(postfixed.image_t2.storage).toBe(image.storage);
    const named = await madeOf({ image }, splitChannel({ keys: "image", names: ["t1", "t2"] }));
    expect(Object.keys(named)).toEqual(["image", "t1", "t2"]);
  });

  test("refuses another number of names than channels, and a name that is taken", async () => {
    const three = madeOf({ image }, splitChannel({ keys: "image", names: ["a", "b", "c"] }));
    await expect(three).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "splitChannel" });
    const taken = madeOf({ image, image_1: 5 }, splitChannel({ keys: "image" }));
    await expect(taken).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
    expect(() => splitChannel({ keys: ["a", "b"], outputPostfixes: [] })).toThrow();
  });
});
