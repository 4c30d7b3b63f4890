import { describe, expect, test } from "vitest";
import { mapLabelValue } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { valuesOf } from "../../support/volumes.ts";
import { label } from "./small-labels.ts";
import { anyLabels, classLabels } from "./typed-labels.ts";

describe("mapLabelValue", () => {
  test("are mapped all at once, in the label's type if it holds them", async () => {
    const mapped = await applied(label(0, 1, 2, 7), mapLabelValue({ origLabels: [1, 2], targetLabels: [2, 1] }));
    expect([valuesOf(mapped), mapped.dtype]).toEqual([[0, 2, 1, 7], "int16"]);
    const wide = await applied(label(0, 1), mapLabelValue({ origLabels: [1], targetLabels: [70_000] }));
    expect([valuesOf(wide), wide.dtype]).toEqual([[0, 70_000], "float32"]);
    const asked = mapLabelValue({ origLabels: [1], targetLabels: [5], dtype: "uint8" });
    expect((await applied(label(0, 1), asked)).dtype).toBe("uint8");
    for (const values of [label(0, 1, 300), label(0, 1, ...new Array<number>(70_000).fill(-2))]) {
      await expect(applied(values, asked)).rejects.toMatchObject({
        code: "VOXRX_VALUE_RANGE",
        operator: "mapLabelValue",
      });
    }
    const huge = await applied(
      label(0, 1).toContiguous("x-fastest", "int32"),
      mapLabelValue({ origLabels: [1], targetLabels: [0.5] }),
    );
    expect([valuesOf(huge), huge.dtype]).toEqual([[0, 0.5], "float64"]);
    for (const wrong of [
      { origLabels: [], targetLabels: [] },
      { origLabels: [1], targetLabels: [2, 3] },
    ]) {
      expect(() => mapLabelValue(wrong)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });

  test("takes the last target of a label that is listed twice, as MONAI does", async () => {
    const mapped = (origLabels: number[], targetLabels: number[]) =>
      valuesAfter(label(0, 1, 2), mapLabelValue({ origLabels, targetLabels }));
    expect(await mapped([1, 1], [2, 3])).toEqual([0, 3, 2]);
    expect(await mapped([1, 2, 1], [2, 1, 2])).toEqual([0, 2, 1]);
    expect(await mapped([1, 1], [5, 1])).toEqual([0, 5, 2]);
  });
});

optionSets("mapLabelValue", anyLabels, [
  { origLabels: [1], targetLabels: [70_000] },
  { origLabels: [1], targetLabels: [0.1] },
  { origLabels: [1, 2], targetLabels: [2, 1], dtype: "float64" },
]);

optionSets("mapLabelValue", classLabels, [{ origLabels: [1], targetLabels: [7], dtype: "uint8" }]);
