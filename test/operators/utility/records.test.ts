import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset } from "voxrx";
import { copyItems, deleteItems, load, renameItems, selectItems } from "voxrx/operators";
import { firstOf } from "../../support/applied.ts";
import { codeOf } from "../../support/thrown.ts";
import { ramp } from "../../support/volumes.ts";
import { scans, untyped } from "./scan-records.ts";

describe("operators on fields", () => {
  test("what selectItems keeps and what deleteItems takes away are the whole record", async () => {
    const record = fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { minKeys: 1, maxKeys: 6 });
    const cases = record.chain((item) => fc.tuple(fc.constant(item), fc.subarray(Object.keys(item), { minLength: 1 })));
    await fc.assert(
      fc.asyncProperty(cases, async ([item, keys]) => {
        const kept = await firstOf([item], untyped(selectItems(keys)));
        const rest = await firstOf([item], untyped(deleteItems(keys)));
        expect({ ...Object(kept), ...Object(rest) }).toEqual({ ...item });
        expect(Object.keys(Object(kept))).toEqual(keys);
      }),
    );
  });

  test("name the missing field, the item and the operator", async () => {
    const operators = {
      selectItems: selectItems(["mask"]),
      deleteItems: deleteItems(["mask"]),
      copyItems: copyItems({ keys: "mask" }),
      renameItems: renameItems({ mask: "label" }),
    };
    for (const [operator, made] of Object.entries(operators)) {
      const failing = Dataset.from<unknown>(scans()).pipe(untyped<never, unknown>(made)).toArray();
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY", operator, item: "0" });
      await expect(failing).rejects.toThrow(/no field "mask"; it has image, label, id/);
      const bare = Dataset.from<unknown>([ramp([1, 1, 1])])
        .pipe(untyped<never, unknown>(made))
        .toArray();
      await expect(bare).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator });
    }
  });

  test("keep the index of a dataset, and do nothing when composed", () => {
    const dataset = Dataset.from([{ image: "nowhere.nii", id: 1 }]).pipe(
      load(["image"]),
      copyItems({ keys: "image", names: "original" }),
      renameItems({ id: "subject" }),
      selectItems(["image", "original", "subject"]),
      deleteItems("original"),
    );
    expect(dataset).toBeInstanceOf(IndexedDataset);
    expect(dataset.length).toBe(1);
  });

  test("refuse when composed what cannot be meant", () => {
    const wrong: (() => unknown)[] = [
      () => selectItems([]),
      () => selectItems(["image", "image"]),
      () => deleteItems(""),
      () => copyItems({ keys: "image", times: 0 }),
      () => copyItems({ keys: "image", times: 2, names: "one" }),
      () => copyItems({ keys: ["image", "label"], names: ["same", "same"] }),
      () => renameItems({}),
      () => renameItems({ image: "" }),
      () => renameItems({ image: "scan", label: "scan" }),
      () => renameItems({ keys: ["image", "label"], names: "scan" }),
    ];
    for (const make of wrong) expect(codeOf(make), String(make)).toBe("VOXRX_BAD_OPTION");
  });
});
