import { describe, expect, test } from "vitest";
import { deleteItems } from "voxrx/operators";
import { firstOf } from "../../support/applied.ts";
import { ramp } from "../../support/volumes.ts";
import { scans, untyped } from "./scan-records.ts";

describe("deleteItems", () => {
  test("takes away what it names, and nothing else", async () => {
    expect(Object.keys(await firstOf(scans(), deleteItems(["label"])))).toEqual(["image", "id"]);
  });

  test("passes over missing fields if they may be missing", async () => {
    const deleted = deleteItems(["image", "label", "mask"], { allowMissingKeys: true });
    expect(await firstOf(scans(), deleted)).toEqual({ id: 3 });
    const bare = firstOf<unknown, unknown>([ramp([1, 1, 1])], untyped(deleted));
    await expect(bare).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
  });
});
