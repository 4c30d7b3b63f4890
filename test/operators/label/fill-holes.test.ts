import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { fillHoles } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { valuesOf } from "../../support/volumes.ts";
import { anyLabel, anyMask, flooded, type Shape } from "./flooded.ts";
import { grid, rowsOf } from "./small-labels.ts";
import { anyLabels } from "./typed-labels.ts";

/** Each label's holes filled in a copy with a layer around it, from which all that is outside is flooded. */
function filledByFlooding(values: readonly number[], [nx, ny, nz]: Shape, connectivity: number): number[] {
  const result = [...values];
  const wide: Shape = [nx + 2, ny + 2, nz + 2];
  for (const own of [...new Set(values)].sort((a, b) => a - b)) {
    if (own === 0) continue;
    const around = new Array<number>(wide[0] * wide[1] * wide[2]).fill(1);
    const placeOf = (at: number) => {
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      return x + 1 + wide[0] * (y + 1 + wide[1] * (z + 1));
    };
    for (const [at, value] of result.entries()) around[placeOf(at)] = value === own ? 0 : 1;
    const numbers = flooded(around, wide, connectivity);
    for (const at of result.keys()) if ((numbers[placeOf(at)] ?? 0) > 1) result[at] = own;
  }
  return result;
}

describe("fillHoles", () => {
  test("fills what one label encloses, and nothing that several enclose together", async () => {
    const rows = [
      [1, 1, 1, 2, 2, 2, 3, 3],
      [1, 0, 1, 2, 0, 0, 3, 0],
      [1, 1, 1, 2, 2, 2, 3, 3],
    ];
    expect(rowsOf(await applied(grid(rows), fillHoles()))).toEqual([
      [1, 1, 1, 2, 2, 2, 3, 3],
      [1, 1, 1, 2, 0, 0, 3, 0],
      [1, 1, 1, 2, 2, 2, 3, 3],
    ]);
    expect(rowsOf(await applied(grid(rows), fillHoles({ appliedLabels: 2 })))).toEqual(rows);
  });

  test("lets what is outside in through corners unless told otherwise", async () => {
    const ring = [
      [0, 1, 0],
      [1, 0, 1],
      [0, 1, 0],
    ];
    expect(rowsOf(await applied(grid(ring), fillHoles()))).toEqual(ring);
    expect(rowsOf(await applied(grid(ring), fillHoles({ connectivity: 1 })))[1]).toEqual([1, 1, 1]);
  });

  test("fills each channel of a one-hot label; a 3D image of one slice is open to both sides", async () => {
    const ring = [1, 1, 1, 1, 0, 1, 1, 1, 1];
    const hot = new Volume({ data: Uint8Array.from([...ring, ...ring]), shape: [2, 3, 3], layout: "x-fastest" });
    expect(valuesOf(await applied(hot, fillHoles()))).toEqual([...ring, ...new Array(9).fill(1)]);
    const slice = new Volume({ data: Uint8Array.from(ring), shape: [1, 3, 3, 1], layout: "x-fastest" });
    expect(valuesOf(await applied(slice, fillHoles()))).toEqual(ring);
  });

  test("fills what flooding from outside does not reach, one label after the other", async () => {
    await fc.assert(
      fc.asyncProperty(anyLabel, async ({ values, shape, connectivity }) => {
        const label = new Volume({ data: Int16Array.from(values), shape: [1, ...shape], layout: "x-fastest" });
        const filled = await applied(label, fillHoles({ connectivity }));
        expect(valuesOf(filled)).toEqual(filledByFlooding(values, shape, connectivity));
      }),
      { numRuns: 150 },
    );
  });

  test("twice is once, and takes nothing away", async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, async ({ mask, shape }) => {
        const label = new Volume({ data: mask, shape: [1, ...shape], layout: "x-fastest" });
        const once = await applied(label, fillHoles({ connectivity: 1 }));
        expect(valuesOf(await applied(once, fillHoles({ connectivity: 1 })))).toEqual(valuesOf(once));
        for (const [i, value] of mask.entries()) expect(once.storage[i]).toBeGreaterThanOrEqual(value);
      }),
      { numRuns: 60 },
    );
  });
});

optionSets("fillHoles", anyLabels, [{}, { appliedLabels: 2, connectivity: 1 }]);
