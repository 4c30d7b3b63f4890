import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { removeSmallObjects } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { valuesOf } from "../../support/volumes.ts";
import { anyLabel, flooded } from "./flooded.ts";
import { grid, rowsOf } from "./small-labels.ts";
import { anyLabels } from "./typed-labels.ts";

describe("removeSmallObjects", () => {
  const rows = [
    [1, 1, 0, 2],
    [1, 0, 0, 0],
    [0, 0, 1, 1],
  ];

  test("removes what is smaller, each value by itself, by faces unless told otherwise", async () => {
    const cleaned = async (options: Parameters<typeof removeSmallObjects<never>>[0]) =>
      rowsOf(await applied(grid(rows), removeSmallObjects(options)));
    expect(await cleaned({ minSize: 2 })).toEqual([
      [1, 1, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 1, 1],
    ]);
    expect(await cleaned({ minSize: 3 })).toEqual([
      [1, 1, 0, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(await cleaned({ minSize: 1 })).toEqual(rows);
    const touching = grid([[1, 2, 0, 2]]);
    const together = removeSmallObjects({ minSize: 2, independentChannels: false });
    expect(rowsOf(await applied(touching, together))).toEqual([[1, 2, 0, 0]]);
  });

  test("measures in mm if asked", async () => {
    const label = grid([[1, 1, 0, 1]]).withAffine([2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    const cleaned = async (minSize: number) =>
      valuesOf(await applied(label, removeSmallObjects({ minSize, byMeasure: true })));
    expect(await cleaned(12)).toEqual([1, 1, 0, 0]);
    expect(await cleaned(6)).toEqual([1, 1, 0, 1]);
    expect(await cleaned(13)).toEqual([0, 0, 0, 0]);
    const given = removeSmallObjects({ minSize: 2, byMeasure: true, pixdim: [1, 0.5] });
    expect(valuesOf(await applied(label, given))).toEqual([0, 0, 0, 0]);
    expect(() => removeSmallObjects({ pixdim: 2 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    await expect(applied(label, removeSmallObjects({ byMeasure: true, pixdim: [1, 1, 1] }))).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
    });
  });

  test("removes the same of many labels at once as flooding finds too small", async () => {
    await fc.assert(
      fc.asyncProperty(anyLabel, fc.integer({ min: 1, max: 6 }), async ({ values, shape, connectivity }, minSize) => {
        const label = new Volume({ data: Int16Array.from(values), shape: [1, ...shape], layout: "x-fastest" });
        const numbers = flooded(values, shape, connectivity);
        const isSmall = (number: number | undefined) => numbers.filter((one) => one === number).length < minSize;
        const cleaned = await applied(label, removeSmallObjects({ minSize, connectivity }));
        expect(valuesOf(cleaned)).toEqual(values.map((value, at) => (value === 0 || isSmall(numbers[at]) ? 0 : value)));
      }),
      { numRuns: 100 },
    );
  });
});

optionSets("removeSmallObjects", anyLabels, [
  { minSize: 3 },
  { minSize: 3, independentChannels: false, byMeasure: true, pixdim: 2 },
]);
