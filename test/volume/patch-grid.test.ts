import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  axisWeights,
  gridPositionCount,
  gridPositions,
  leastWeight,
  patchStarts,
} from "../../src/volume/patch-grid.ts";

describe("windows", () => {
  test("lie where MONAI puts them: steps of the overlap, the last one moved back inside", () => {
    expect(patchStarts([10], [4], 0.25)).toEqual([[0, 3, 6]]);
    expect(patchStarts([11], [4], 0.25)).toEqual([[0, 3, 6, 7]]);
    expect(patchStarts([4], [4], 0.5)).toEqual([[0]]);
    expect(patchStarts([5], [4], 0.99)).toEqual([[0, 1]]);
    expect(gridPositionCount(patchStarts([5, 4], [3, 3], 0))).toBe(4);
    expect([...gridPositions(patchStarts([5, 4], [3, 3], 0))]).toEqual([
      [0, 0],
      [0, 1],
      [2, 0],
      [2, 1],
    ]);
  });

  test("cover every voxel, lie inside, and come once", () => {
    const axis = fc.integer({ min: 1, max: 12 }).chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n })));
    fc.assert(
      fc.property(axis, axis, fc.double({ min: 0, max: 0.95, noNaN: true }), ([nx, rx], [ny, ry], overlap) => {
        const starts = [...gridPositions(patchStarts([nx, ny], [rx, ry], overlap))];
        const covered = new Set<string>();
        for (const [x = 0, y = 0] of starts) {
          expect(x + rx <= nx && y + ry <= ny && x >= 0 && y >= 0).toBe(true);
          for (let i = x; i < x + rx; i++) for (let j = y; j < y + ry; j++) covered.add(`${i},${j}`);
        }
        expect(covered.size).toBe(nx * ny);
        expect(new Set(starts.map(String)).size).toBe(starts.length);
      }),
    );
  });

  test("weigh as MONAI's importance map: a Gaussian of the window's size, with a floor", () => {
    const weights = axisWeights(4, "gaussian", 0.25);
    const expected = [-1.5, -0.5, 0.5, 1.5].map((x) => Math.exp((-x * x) / 2));
    for (const [n, weight] of weights.entries()) expect(weight).toBeCloseTo(expected[n] ?? Number.NaN, 12);
    expect(leastWeight([weights])).toBeCloseTo(Math.exp(-1.125), 12);
    expect(leastWeight([axisWeights(8, "gaussian", 0.125), axisWeights(8, "gaussian", 0.125)])).toBe(1e-3);
    expect(Array.from(axisWeights(3, "constant", 1))).toEqual([1, 1, 1]);
  });
});
