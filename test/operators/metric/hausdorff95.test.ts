import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import * as op from "voxrx/operators";
import { thrown } from "../../support/thrown.ts";
import { asChannels, labelOf, monaiMetrics } from "./monai-metrics.ts";

async function hausdorffOf(pred: Volume, label: Volume, options: op.Hausdorff95Options = {}) {
  const [item] = await Dataset.from([{ pred, label }]).pipe(op.hausdorff95(options)).toArray();
  return item?.hausdorff95 ?? [];
}

describe("hausdorff95 gives MONAI's numbers", () => {
  test.each(monaiMetrics)("$name", async ({ pred, label, classes, hausdorff95 }) => {
    for (const [options, wanted] of Object.entries(hausdorff95)) {
      const given = { numClasses: classes, includeBackground: options.startsWith("with ") };
      for (const one of [pred, asChannels(pred, classes)]) {
        const got = await hausdorffOf(one, label, given);
        expect(got).toHaveLength(wanted.length);
        for (const [n, value] of wanted.entries()) {
          if (Number.isNaN(value)) expect(got[n]).toBeNaN();
          // PyTorch computes the rank of a percentile in single precision.
          else expect(Math.abs((got[n] ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-5);
        }
      }
    }
  });
});

describe("hausdorff95", () => {
  const shape = [5, 4, 3];
  const masks = fc
    .array(fc.integer({ min: 0, max: 1 }), { minLength: 60, maxLength: 60 })
    .filter((values) => values.includes(1));

  test("is 0 of a label with itself, and the same with prediction and label exchanged", async () => {
    await fc.assert(
      fc.asyncProperty(masks, masks, async (one, other) => {
        const [pred, label] = [labelOf(one, shape, [1, 2, 3]), labelOf(other, shape, [1, 2, 3])];
        expect(await hausdorffOf(pred, pred)).toEqual([0]);
        expect(await hausdorffOf(pred, label)).toEqual(await hausdorffOf(label, pred));
      }),
    );
  });

  test("grows with the voxel size, and is at most the diagonal of the image", async () => {
    await fc.assert(
      fc.asyncProperty(masks, masks, async (one, other) => {
        const [near = Number.NaN] = await hausdorffOf(labelOf(one, shape), labelOf(other, shape));
        const wide = [2, 2, 2];
        const [far] = await hausdorffOf(labelOf(one, shape, wide), labelOf(other, shape, wide));
        expect(far).toBeCloseTo(2 * near, 5);
        expect(near).toBeLessThanOrEqual(Math.hypot(4, 3, 2) + 1e-6);
      }),
    );
  });

  test("is that of the two edges, searched voxel by voxel", async () => {
    await fc.assert(
      fc.asyncProperty(masks, masks, async (one, other) => {
        const spacing = [0.5, 1.5, 2];
        const edges = [one, other].map((values) => edgeOf(values));
        const from = (some: readonly number[][], all: readonly number[][]) => {
          const nearest = some.map((a) =>
            Math.min(...all.map((b) => Math.hypot(...a.map((at, n) => (at - (b[n] ?? 0)) * (spacing[n] ?? 1))))),
          );
          nearest.sort((a, b) => a - b);
          const rank = 0.95 * (nearest.length - 1);
          const [low = 0, high = 0] = [nearest[Math.floor(rank)], nearest[Math.ceil(rank)]];
          return low + (high - low) * (rank % 1);
        };
        const [a = [], b = []] = edges;
        const [got] = await hausdorffOf(labelOf(one, shape, spacing), labelOf(other, shape, spacing));
        expect(got).toBeCloseTo(Math.max(from(a, b), from(b, a)), 4);
      }),
      { numRuns: 30 },
    );

    function edgeOf(values: readonly number[]): number[][] {
      const at = (x: number, y: number, z: number) =>
        x >= 0 && x < 5 && y >= 0 && y < 4 && z >= 0 && z < 3 && values[(x * 4 + y) * 3 + z] === 1;
      const steps = [-1, 1].flatMap((n) => [
        [n, 0, 0],
        [0, n, 0],
        [0, 0, n],
      ]);
      const edge: number[][] = [];
      for (let x = 0; x < 5; x++)
        for (let y = 0; y < 4; y++)
          for (let z = 0; z < 3; z++) {
            const isInside = steps.every(([i = 0, j = 0, k = 0]) => at(x + i, y + j, z + k));
            if (at(x, y, z) && !isInside) edge.push([x, y, z]);
          }
      return edge;
    }
  });

  test("refuses shapes that differ", async () => {
    const work = () => hausdorffOf(labelOf([0, 1], [2, 1, 1]), labelOf([0, 1], [1, 2, 1]));
    expect(await thrown(work)).toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "hausdorff95" });
  });
});
