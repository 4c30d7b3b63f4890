import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { keepLargestConnectedComponent } from "voxrx/operators";
import { connectedComponents } from "../../../src/kernels/components.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { plain, valuesOf } from "../../support/volumes.ts";
import { anyLabel, anyMask, flooded } from "./flooded.ts";
import { grid, rowsOf } from "./small-labels.ts";
import { anyLabels } from "./typed-labels.ts";

describe("keepLargestConnectedComponent", () => {
  const rows = [
    [1, 0, 1, 1],
    [0, 0, 1, 1],
    [2, 0, 0, 0],
  ];

  test("gives MONAI's results: each label by itself, or all as one mask", async () => {
    expect(rowsOf(await applied(grid(rows), keepLargestConnectedComponent()))).toEqual([
      [0, 0, 1, 1],
      [0, 0, 1, 1],
      [2, 0, 0, 0],
    ]);
    expect(rowsOf(await applied(grid(rows), keepLargestConnectedComponent({ independent: false })))).toEqual([
      [0, 0, 1, 1],
      [0, 0, 1, 1],
      [0, 0, 0, 0],
    ]);
    expect(rowsOf(await applied(grid(rows), keepLargestConnectedComponent({ appliedLabels: 2 })))).toEqual(rows);
  });

  test("joins diagonal neighbours unless told otherwise, and keeps as many as asked", async () => {
    const diagonal = [
      [1, 0, 0, 0],
      [0, 1, 0, 1],
      [0, 0, 0, 0],
    ];
    const kept = async (options: Parameters<typeof keepLargestConnectedComponent<never>>[0]) =>
      valuesOf(await applied(grid(diagonal), keepLargestConnectedComponent(options))).reduce((sum, n) => sum + n, 0);
    expect(await kept({})).toBe(2);
    expect(await kept({ connectivity: 1 })).toBe(1);
    expect(await kept({ connectivity: 1, numComponents: 2 })).toBe(2);
    expect(await kept({ numComponents: 9 })).toBe(3);
  });

  test("of equals the one whose first voxel comes first with z fastest stays", async () => {
    const tied = grid([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(rowsOf(await applied(tied, keepLargestConnectedComponent()))).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
  });

  test("works on channels of a one-hot label, the first of which is the background", async () => {
    const hot = new Volume({ data: Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 1), shape: [2, 4, 1], layout: "x-fastest" });
    expect(valuesOf(await applied(hot, keepLargestConnectedComponent()))).toEqual([1, 0, 1, 0, 0, 0, 1, 1]);
  });

  test("leaves the same of many labels at once as of each alone", async () => {
    await fc.assert(
      fc.asyncProperty(anyLabel, fc.integer({ min: 1, max: 3 }), async ({ values, shape, connectivity }, count) => {
        const label = new Volume({ data: Int16Array.from(values), shape: [1, ...shape], layout: "x-fastest" });
        const kept = await applied(label, keepLargestConnectedComponent({ connectivity, numComponents: count }));
        const numbers = flooded(values, shape, connectivity);
        for (const own of new Set(values)) {
          if (own === 0) continue;
          const sizes = (from: readonly number[]) =>
            [...new Set(from)].map((one) => numbers.filter((number) => number === one).length).sort((a, b) => b - a);
          const before = sizes(numbers.filter((_, at) => values[at] === own));
          expect(sizes(numbers.filter((_, at) => kept.storage[at] === own))).toEqual(before.slice(0, count));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("leaves what is connected and largest, in any layout, and twice is once", async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, async ({ mask, shape, connectivity }) => {
        const label = new Volume({ data: mask, shape: [1, ...shape], layout: "x-fastest" });
        const operator = keepLargestConnectedComponent({ connectivity });
        const once = await applied(label, operator);
        const { sizes } = connectedComponents(Uint8Array.from(once.storage), shape, connectivity);
        const all = connectedComponents(mask, shape, connectivity).sizes.slice(1);
        expect(sizes.slice(1)).toEqual(all.length === 0 ? [] : [Math.max(...all)]);
        expect(valuesOf(await applied(once, operator))).toEqual(valuesOf(once));
        expect(plain(await applied(label.toContiguous("z-fastest"), operator))).toEqual(plain(once));
        expect(once.dtype).toBe("uint8");
      }),
      { numRuns: 80 },
    );
  });
});

optionSets("keepLargestConnectedComponent", anyLabels, [{}, { independent: false, connectivity: 1, numComponents: 2 }]);
