import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { fillHoles, keepLargestConnectedComponent, removeSmallObjects } from "voxrx/operators";
import { connectedComponents } from "../../../src/kernels/components.ts";
import { plain, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";
import { anyLabel, anyMask, flooded, type Shape } from "./flooded.ts";

/** A 2D label of rows of y: `rows[y][x]`. */
function grid(rows: readonly (readonly number[])[]): Volume {
  return new Volume({
    data: Uint8Array.from(rows.flat()),
    shape: [1, rows[0]?.length ?? 0, rows.length],
    layout: "x-fastest",
  });
}
const rowsOf = (volume: Volume): number[][] => {
  const [, nx = 1] = volume.shape;
  const values = valuesOf(volume);
  return Array.from({ length: values.length / nx }, (_, y) => values.slice(y * nx, (y + 1) * nx));
};

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
