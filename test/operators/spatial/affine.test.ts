import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError } from "voxrx";
import { type AffineOptions, affine, rotate } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

const zeros = { paddingMode: "zeros" } as const;

describe("affine", () => {
  test("shifts, scales and shears as worked out by hand", async () => {
    const row = ramp([1, 5, 1]);
    const values = async (options: AffineOptions) => valuesOf(await applied(row, affine({ ...zeros, ...options })));
    expect(await values({ translateParams: 1 })).toEqual([1, 2, 3, 4, 0]);
    expect(await values({ translateParams: [-1.5] })).toEqual([0, 0, 0.5, 1.5, 2.5]);
    expect(await values({ scaleParams: 2 })).toEqual([0, 0, 2, 4, 0]);
    expect(await values({ scaleParams: [0.5] })).toEqual([1, 1.5, 2, 2.5, 3]);
    const square = await applied(ramp([1, 3, 3]), affine({ ...zeros, shearParams: [1] }));
    expect(valuesOf(square)).toEqual([0, 0, 1, 3, 4, 5, 7, 8, 0]); // x is read at x + (y - 1)
    const cube = await applied(ramp([1, 3, 1, 3]), affine({ ...zeros, shearParams: [0, 0, 0, 0, 1] }));
    expect(valuesOf(cube)).toEqual([0, 1, 5, 0, 4, 8, 3, 7, 0]); // z is read at z + (x - 1)
  });

  test("composes rotation · shear · shift · scale: the scale acts first", async () => {
    const image = ramp([1, 5, 5]);
    const parts = { rotateParams: Math.PI / 2, translateParams: [1, 0], scaleParams: [0.5, 1] };
    // The middle column x = 2 of the result, y = 0 … 4: (0, y - 2), shifted (1, y - 2), turned (2 - y, 1).
    const result = await applied(image, affine({ ...zeros, ...parts }));
    expect([0, 1, 2, 3, 4].map((y) => result.get(0, 2, y))).toEqual([4, 3, 2, 1, 0].map((x) => x + 5 * 3));
    const rows = [
      [0, -1, 0],
      [0.5, 0, 1],
      [0, 0, 1],
    ];
    const byRows = await applied(image, affine({ ...zeros, affine: rows }));
    expect(valuesOf(byRows)).toEqual(valuesOf(result));
    expect([...byRows.affine].map((value) => value + 0)).toEqual([...result.affine].map((v) => expect.closeTo(v, 12)));
  });

  test("with angles only is rotate", async () => {
    const image = bump([7, 6, 5]);
    const angles = [0.3, -0.2, 0.5];
    const one = await applied(image, affine({ rotateParams: angles, paddingMode: "border" }));
    const other = await applied(image, rotate({ angle: angles }));
    expect(valuesOf(one)).toEqual(valuesOf(other));
    expect([...one.affine]).toEqual([...other.affine]);
  });

  test("without parameters is the image itself", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const same = await applied(volume, affine({ mode: "nearest" }));
        expect({ ...Object(plain(same)), meta: undefined }).toEqual({ ...Object(plain(volume)), meta: undefined });
      }),
    );
  });

  test("leaves what is seen in its place in the world, whatever the parameters and the size", async () => {
    const few = (n: number, reach: number) =>
      fc.array(fc.double({ min: -reach, max: reach, noNaN: true }), { maxLength: n });
    const params = fc.record({
      rotateParams: few(3, 3),
      shearParams: few(6, 0.3),
      translateParams: few(3, 4),
      scaleParams: few(3, 0.4).map((all) => all.map((change) => 1 + change)),
      spatialSize: fc.oneof(fc.constant(-1), fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })),
      alignCorners: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(params, async (options) => {
        const volume = bump([9, 8, 7]);
        expectSamePlaces(await applied(volume, affine({ ...options, paddingMode: "border" })), volume);
      }),
      { numRuns: 40 },
    );
  });

  test("cuts and pads around the middle to spatialSize", async () => {
    const row = ramp([1, 5, 2]);
    const values = async (size: number) => valuesOf(await applied(row, affine({ ...zeros, spatialSize: [size] })));
    expect(await values(3)).toEqual([1, 2, 3, 6, 7, 8]);
    expect(await values(7)).toEqual([0, 0, 1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 9, 0]);
    expect(await values(2)).toEqual([1.5, 2.5, 6.5, 7.5]);
  });

  test("mirrors at the edge outside of the image by default", async () => {
    const shifted = await applied(ramp([1, 4, 1]), affine({ translateParams: [-2] }));
    expect(valuesOf(shifted)).toEqual([1, 0, 0, 1]);
  });

  test("with alignCorners lays grids from centre to centre, and the affine still tells the truth", async () => {
    const image = ramp([1, 4, 2]);
    const turn = affine({ rotateParams: Math.PI / 2, paddingMode: "border", alignCorners: true });
    const result = await applied(image, turn);
    // x is read at 1.5 - 3/4 · 2 (y - 1/2), y at 1/2 + 1/2 · 4/3 (x - 3/2), held inside; a sample is x + 4 y.
    const expected = [2.25, 2.25 + 2 / 3, 2.25 + 10 / 3, 6.25, 0.75, 0.75 + 2 / 3, 0.75 + 10 / 3, 4.75];
    for (const [n, value] of valuesOf(result).entries()) expect(value).toBeCloseTo(expected[n] ?? NaN, 6);
    const rows = [0, -1.5, 0, 2.25, 2 / 3, 0, 0, -0.5];
    for (const [n, value] of rows.entries()) expect(result.affine[n]).toBeCloseTo(value, 12);
  });

  test("notes on the image what was done, and the grid before", async () => {
    const image = bump([4, 4, 4]);
    const result = await applied(image, affine({ translateParams: [1], spatialSize: 6 }));
    expect(result.meta.applied).toMatchObject([
      { name: "affine", params: { translateParams: [1], spatialSize: [6, 6, 6], shape: [4, 4, 4] } },
    ]);
    const rows = [[1, 0, 0, 2], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]; // biome-ignore format: one line
    const [step] = (await applied(image, affine({ affine: rows }))).meta.applied ?? [];
    expect(step?.params).toMatchObject({ matrix: rows, affine: [...image.affine] });
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const wrong = [
      { scaleParams: [1, 0] },
      { spatialSize: [4, 0.5] },
      { affine: [[1, 0], [0, 1]] },
      { affine: [[0, 0, 0], [0, 1, 0], [0, 0, 1]] },
      { affine: [[1, 0, 0], [0, 1, 0], [0, 0, 2]] },
      { affine: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], rotateParams: 1 },
      { translateParams: [Number.NaN] },
      { shearParams: [1, 2, 3, 4, 5, 6, 7] },
    ]; // biome-ignore format: one a line
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => affine(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });

  test("refuses shears that bring axes together, and sizes beyond all measure", async () => {
    const flat = applied(ramp([1, 4, 4]), affine({ shearParams: [1, 1] }));
    await expect(flat).rejects.toMatchObject({ code: "VOXRX_BAD_AFFINE", operator: "affine" });
    for (const alignCorners of [true, false]) {
      const huge = applied(ramp([1, 4, 4, 4]), affine({ spatialSize: 5000, alignCorners }));
      await expect(huge).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
    }
  });
});
