import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectedComponents } from "../../src/kernels/components.ts";
import { anyLabel, flooded } from "../operators/label/flooded.ts";

describe("connected components", () => {
  test("are those that flooding finds within each value, numbered in the same order", () => {
    fc.assert(
      fc.property(anyLabel, ({ values, shape, connectivity }) => {
        const components = connectedComponents(Int16Array.from(values), shape, connectivity);
        const expected = flooded(values, shape, connectivity);
        expect(Array.from(components.labels)).toEqual(expected);
        for (const [number, size] of components.sizes.entries()) {
          expect(size).toBe(expected.filter((label) => label === number).length);
          if (number > 0) expect(components.values[number]).toBe(values[expected.indexOf(number)]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("leave NaN out", () => {
    const { labels, sizes } = connectedComponents(Float32Array.of(Number.NaN, 2, 2, Number.NaN, 3), [5, 1, 1], 1);
    expect([Array.from(labels), sizes]).toEqual([
      [0, 1, 1, 0, 2],
      [2, 2, 1],
    ]);
  });
});
