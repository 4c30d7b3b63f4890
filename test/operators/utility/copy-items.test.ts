import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { copyItems } from "voxrx/operators";
import { firstOf } from "../../support/applied.ts";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";
import { scans, untyped } from "./scan-records.ts";

describe("copyItems", () => {
  test("names copies after their fields, or as it is told: first all first copies, then all second ones", async () => {
    const numbered = await firstOf(scans(), copyItems({ keys: ["image", "id"], times: 2 }));
    expect(Object.keys(numbered).slice(3)).toEqual(["image_0", "id_0", "image_1", "id_1"]);
    expect([numbered.id_1, numbered.image_1.dtype]).toEqual([3, "int16"]);
    const named = await firstOf(scans(), copyItems({ keys: ["image", "id"], times: 2, names: ["a", "b", "c", "d"] }));
    expect(named).toMatchObject({ b: 3, d: 3 });
    expect(spelledOut(named.c)).toEqual(spelledOut(named.image));
  });

  test("makes copies that share samples until one is written to", async () => {
    const given = scans();
    const { image, original } = await firstOf(given, copyItems({ keys: "image", names: "original" }));
    expect(original.storage).toBe(image.storage);
    image.data.fill(0);
    expect([valuesOf(image), valuesOf(original)]).toEqual([
      [0, 0, 0, 0],
      [3, 4, 5, 6],
    ]);
  });

  test("copies lists, records and typed arrays deeply", async () => {
    const facts = { sizes: [1, [2]], weights: Float32Array.of(1, 2), scan: ramp([1, 1, 1]), when: new Date(5) };
    const { copy } = await firstOf([{ facts }], copyItems({ keys: "facts", names: "copy" }));
    expect(spelledOut(copy)).toEqual(spelledOut(facts));
    expect(copy.scan).toBeInstanceOf(Volume);
    for (const [own, given] of [
      [copy, facts],
      [copy.sizes, facts.sizes],
      [copy.sizes[1], facts.sizes[1]],
      [copy.weights, facts.weights],
      [copy.when, facts.when],
    ]) {
      expect(own).not.toBe(given);
    }
  });

  test("refuses a name that is taken", async () => {
    const failing = firstOf(scans(), copyItems({ keys: "image", names: "label" }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "copyItems", item: "0" });
    const twice = Dataset.from(scans()).pipe(copyItems({ keys: "image" }), untyped(copyItems({ keys: "image" })));
    await expect(twice.toArray()).rejects.toThrow(/already has a field "image_0"/);
  });
});
