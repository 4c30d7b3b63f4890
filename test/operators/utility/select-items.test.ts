import { describe, expect, test } from "vitest";
import { selectItems } from "voxrx/operators";
import { firstOf } from "../../support/applied.ts";
import { ramp } from "../../support/volumes.ts";
import { scans, untyped } from "./scan-records.ts";

describe("selectItems", () => {
  test("keeps what it names in that order, and nothing else", async () => {
    expect(Object.keys(await firstOf(scans(), selectItems(["label", "image"])))).toEqual(["label", "image"]);
    expect((await firstOf(scans(), selectItems("id"))).id).toBe(3);
  });

  test("passes over missing fields if they may be missing", async () => {
    const selected = selectItems(["id", "mask"], { allowMissingKeys: true });
    expect(await firstOf(scans(), selected)).toEqual({ id: 3 });
    const bare = firstOf<unknown, unknown>([ramp([1, 1, 1])], untyped(selected));
    await expect(bare).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
  });
});
