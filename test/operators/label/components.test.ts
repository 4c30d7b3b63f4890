import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readVolume, Volume } from "voxrx";
import { fillHoles, keepLargestConnectedComponent, removeSmallObjects } from "voxrx/operators";
import { connectedComponents } from "../../../src/kernels/components.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { plain, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

/** A 2D label of rows of y: `rows[y][x]`. */
function grid(rows: readonly (readonly number[])[]): Volume {
  return new Volume({ data: Uint8Array.from(rows.flat()), shape: [1, rows[0]?.length ?? 0, rows.length] });
}
const rowsOf = (volume: Volume): number[][] => {
  const [, nx = 1] = volume.shape;
  const values = valuesOf(volume);
  return Array.from({ length: values.length / nx }, (_, y) => values.slice(y * nx, (y + 1) * nx));
};

/** Components found by flooding, and how many there are. */
function flooded(mask: Uint8Array, [nx, ny, nz]: readonly [number, number, number], connectivity: number): number[] {
  const labels = new Array<number>(mask.length).fill(0);
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue;
    count++;
    const open = [start];
    labels[start] = count;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      for (let k = -1; k <= 1; k++)
        for (let j = -1; j <= 1; j++)
          for (let i = -1; i <= 1; i++) {
            if (Math.abs(i) + Math.abs(j) + Math.abs(k) > connectivity) continue;
            if (x + i < 0 || x + i >= nx || y + j < 0 || y + j >= ny || z + k < 0 || z + k >= nz) continue;
            const other = at + i + nx * (j + ny * k);
            if (mask[other] === 0 || labels[other] !== 0) continue;
            labels[other] = count;
            open.push(other);
          }
    }
  }
  return labels;
}

const anyMask = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }))
  .chain(([nx, ny, nz]) =>
    fc.record({
      shape: fc.constant([nx, ny, nz] as const),
      mask: fc
        .array(fc.constantFrom(0, 0, 1), { minLength: nx * ny * nz, maxLength: nx * ny * nz })
        .map((values) => Uint8Array.from(values)),
      connectivity: fc.integer({ min: 1, max: 3 }),
    }),
  );

describe("connected components", () => {
  test("are those that flooding finds, numbered in the same order", () => {
    fc.assert(
      fc.property(anyMask, ({ mask, shape, connectivity }) => {
        const { labels, sizes } = connectedComponents(mask, shape, connectivity);
        const expected = flooded(mask, shape, connectivity);
        expect(Array.from(labels)).toEqual(expected);
        for (const [number, size] of sizes.entries()) {
          expect(size).toBe(expected.filter((label) => label === number).length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.skipIf(!sharedData)("of a real label are as many as flooding finds", async () => {
    const label = await readVolume(sharedFile("labelled/ct_small_seg.nii.gz"));
    const [, nx = 1, ny = 1, nz = 1] = label.shape;
    const mask = Uint8Array.from(label.toContiguous().samples, (value) => (value > 0 ? 1 : 0));
    const { labels, sizes } = connectedComponents(mask, [nx, ny, nz], 3);
    const expected = flooded(mask, [nx, ny, nz], 3);
    expect(sizes.length - 1).toBe(Math.max(...new Set(expected)));
    expect(labels.every((one, i) => one === expected[i])).toBe(true);
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
    const hot = new Volume({ data: Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 1), shape: [2, 4, 1] });
    expect(valuesOf(await applied(hot, keepLargestConnectedComponent()))).toEqual([1, 0, 1, 0, 0, 0, 1, 1]);
  });

  test("leaves what is connected and largest, in any layout, and twice is once", async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, async ({ mask, shape, connectivity }) => {
        const label = new Volume({ data: mask, shape: [1, ...shape] });
        const operator = keepLargestConnectedComponent({ connectivity });
        const once = await applied(label, operator);
        const { sizes } = connectedComponents(Uint8Array.from(once.samples), shape, connectivity);
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
    const hot = new Volume({ data: Uint8Array.from([...ring, ...ring]), shape: [2, 3, 3] });
    expect(valuesOf(await applied(hot, fillHoles()))).toEqual([...ring, ...new Array(9).fill(1)]);
    const slice = new Volume({ data: Uint8Array.from(ring), shape: [1, 3, 3, 1] });
    expect(valuesOf(await applied(slice, fillHoles()))).toEqual(ring);
  });

  test("twice is once, and takes nothing away", async () => {
    await fc.assert(
      fc.asyncProperty(anyMask, async ({ mask, shape }) => {
        const label = new Volume({ data: mask, shape: [1, ...shape] });
        const once = await applied(label, fillHoles({ connectivity: 1 }));
        expect(valuesOf(await applied(once, fillHoles({ connectivity: 1 })))).toEqual(valuesOf(once));
        for (const [i, value] of mask.entries()) expect(once.samples[i]).toBeGreaterThanOrEqual(value);
      }),
      { numRuns: 60 },
    );
  });
});
