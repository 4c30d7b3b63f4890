import { describe, expect, test } from "vitest";
import { labelFilter } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { valuesOf } from "../../support/volumes.ts";
import { label } from "./small-labels.ts";
import { anyLabels } from "./typed-labels.ts";

describe("labelFilter", () => {
  test("are filtered, and keep their type", async () => {
    const filtered = await applied(label(0, 1, 2, 3, -4), labelFilter({ appliedLabels: [1, -4] }));
    expect([valuesOf(filtered), filtered.dtype]).toEqual([[0, 1, 0, 0, -4], "int16"]);
    expect(await valuesAfter(label(1, 2), labelFilter({ appliedLabels: 2 }))).toEqual([0, 2]);
  });
});

optionSets("labelFilter", anyLabels, [{ appliedLabels: [1, 3] }, { appliedLabels: 0 }]);
