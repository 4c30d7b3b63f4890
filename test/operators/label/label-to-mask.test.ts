import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { labelToMask } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { valuesOf } from "../../support/volumes.ts";
import { label } from "./small-labels.ts";
import { anyLabels, scores } from "./typed-labels.ts";

describe("labelToMask", () => {
  test("become masks, of values or of channels, joined if asked", async () => {
    const masked = await applied(label(0, 1, 2, 3), labelToMask({ selectLabels: [1, 3] }));
    expect([valuesOf(masked), masked.dtype, masked.channels]).toEqual([[0, 1, 0, 1], "uint8", 1]);
    const hot = new Volume({ data: Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 0, 5), shape: [3, 3, 1], layout: "x-fastest" });
    expect(await valuesAfter(hot, labelToMask({ selectLabels: [0, 2] }))).toEqual([1, 0, 0, 0, 0, 1]);
    expect(await valuesAfter(hot, labelToMask({ selectLabels: [0, 2], mergeChannels: true }))).toEqual([1, 0, 1]);
    await expect(valuesAfter(hot, labelToMask({ selectLabels: 3 }))).rejects.toMatchObject({
      code: "VOXRX_BAD_VOLUME",
    });
  });
});

optionSets("labelToMask", anyLabels, [{ selectLabels: [1, 2] }, { selectLabels: 1, mergeChannels: true }]);

optionSets("labelToMask", scores, [{ selectLabels: [0, 2] }, { selectLabels: [0, 2], mergeChannels: true }]);
