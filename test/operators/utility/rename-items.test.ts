import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { renameItems } from "voxrx/operators";
import { firstOf } from "../../support/applied.ts";
import { scans, untyped } from "./scan-records.ts";

describe("renameItems", () => {
  test("renames all at once, so that fields may change places, and keeps their order", async () => {
    const item = await firstOf(scans(), renameItems({ image: "label", label: "image", id: "subject" }));
    expect(Object.keys(item)).toEqual(["label", "image", "subject"]);
    expect(item.label.dtype).toBe("int16");
    const listed = await firstOf(scans(), renameItems({ keys: ["image", "id"], names: ["scan", "subject"] }));
    expect(Object.keys(listed)).toEqual(["scan", "label", "subject"]);
  });

  test("there and back again gives the item", async () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(names, async (words) => {
        const keys = words.slice(0, Math.floor(words.length / 2));
        const others = words.slice(keys.length, keys.length * 2);
        const item = Object.fromEntries(keys.map((key, n) => [key, n]));
        const there = untyped(renameItems({ keys, names: others }));
        const back = untyped(renameItems({ keys: others, names: keys }));
        const results = await Dataset.from([item]).pipe(there, back).toArray();
        expect(results).toEqual([item]);
        expect(await firstOf([item], there)).toEqual(Object.fromEntries(others.map((name, n) => [name, n])));
      }),
    );
  });

  test("refuses a name that another field keeps", async () => {
    const failing = firstOf(scans(), renameItems({ image: "label" }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "renameItems" });
  });
});
