import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { labelToContour } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { valuesOf } from "../../support/volumes.ts";
import { anyLabels, scores } from "./typed-labels.ts";

describe("labelToContour", () => {
  test("keeps voxels with a neighbour outside, also at the image's edge", async () => {
    const block = new Volume({ data: new Uint8Array(25), shape: [1, 5, 5] });
    for (const [x, y] of [1, 2, 3].flatMap((a) => [1, 2, 3].map((b) => [a, b] as const))) block.data[x + 5 * y] = 1;
    const contour = await applied(block, labelToContour());
    expect(contour.get(0, 2, 2)).toBe(0);
    expect(valuesOf(contour).reduce((sum, n) => sum + n, 0)).toBe(8);
    const full = new Volume({ data: new Uint8Array(27).fill(1), shape: [1, 3, 3, 3] });
    const shell = await applied(full, labelToContour());
    expect([shell.get(0, 1, 1, 1), valuesOf(shell).reduce((sum, n) => sum + n, 0), shell.dtype]).toEqual([
      0,
      26,
      "uint8",
    ]);
  });
});

optionSets("labelToContour", anyLabels, [{}]);

optionSets("labelToContour", scores, [{}]);
