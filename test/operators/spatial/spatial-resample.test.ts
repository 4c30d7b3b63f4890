import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { flip, spatialResample } from "voxrx/operators";
import { identityAffine, multiplyAffine } from "../../../src/volume/affine-matrix.ts";
import { applied } from "../../support/applied.ts";
import { runsOf } from "../../support/long.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { ofRange } from "../../support/monai-reference.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { changes, sizes } from "./any-grid.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

/**
 * Where MONAI's `Spacing` and `Orientation` put an image is a grid like any other. The finest ones are left out: they
 * are large.
 */
function isOnAnotherGrid(operation: string): boolean {
  return /^(spacing|orient_|flip$|rotate90)/.test(operation) && !operation.startsWith("spacing_1_1_1");
}

monaiCases("spatialResample", {
  call(operation, call, { affine, shape }) {
    if (!isOnAnotherGrid(operation)) return undefined;
    const isLinear = operation.startsWith("spacing") && !call.includes('"nearest"');
    const grid = { dstAffine: affine, spatialSize: shape.slice(1) };
    return spatialResample({ ...grid, mode: isLinear ? "bilinear" : "nearest" });
  },
  tolerance: ofRange,
});

describe("spatialResample", () => {
  test("puts an image on the grid that was asked for, what is seen in its place", async () => {
    const paddings = fc.constantFrom("border" as const, "zeros" as const, "reflection" as const);
    await fc.assert(
      fc.asyncProperty(
        changes,
        sizes,
        paddings,
        fc.boolean(),
        async (change, spatialSize, paddingMode, alignCorners) => {
          const volume = bump([9, 8, 7]);
          const dstAffine = multiplyAffine(volume.affine, change);
          const operator = spatialResample({ dstAffine, spatialSize, paddingMode, alignCorners });
          const result = await applied(volume, operator);
          expect([[...result.affine], result.spatialShape]).toEqual([[...dstAffine], spatialSize]);
          expectSamePlaces(result, volume);
        },
      ),
      { numRuns: runsOf(60) },
    );
  });

  test("takes as many voxels as the image's corners span, unless it is told", async () => {
    const volume = ramp([1, 9, 5, 4]);
    const twice = [2, 0, 0, 0, 0, 0.5, 0, 3, 0, 0, -1, 0, 0, 0, 0, 1];
    const size = async (more: object) =>
      (await applied(volume, spatialResample({ dstAffine: twice, ...more }))).spatialShape;
    expect(await size({})).toEqual([5, 9, 4]);
    expect(await size({ spatialSize: -1 })).toEqual([9, 5, 4]);
    expect(await size({ spatialSize: [3, -1] })).toEqual([3, 5, 4]);
    expect(await size({ spatialSize: 2 })).toEqual([2, 2, 2]);
    expect((await applied(volume, spatialResample({ spatialSize: [11, 2, 4] }))).affine).toEqual(volume.affine);
  });

  test("fills what lies outside of the image as it is told", async () => {
    const line = new Volume({ data: Float32Array.of(1, 2, 4), shape: [1, 3, 1], layout: "x-fastest" });
    const dstAffine = [...identityAffine()];
    dstAffine[3] = -2;
    const values = async (more: object) =>
      valuesOf(await applied(line, spatialResample({ dstAffine, spatialSize: [7, 1], ...more })));
    expect(await values({})).toEqual([1, 1, 1, 2, 4, 4, 4]);
    expect(await values({ paddingMode: "zeros" })).toEqual([0, 0, 1, 2, 4, 0, 0]);
    expect(await values({ paddingMode: "reflection" })).toEqual([2, 1, 1, 2, 4, 4, 2]);
    expect(await values({ paddingMode: "reflection", alignCorners: true })).toEqual([4, 2, 1, 2, 4, 2, 1]);
  });

  test("is nothing done where the image is on the grid already", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.boolean(), async (volume, named) => {
        const dstAffine = volume.affine.map((value, n) => (n < 12 ? value + 1e-5 : value));
        const options = named ? { dstAffine, spatialSize: volume.spatialShape } : {};
        const same = await applied(volume, spatialResample({ mode: "nearest", ...options }));
        expect([same.dtype, valuesOf(same)]).toEqual([volume.dtype, valuesOf(volume)]);
        expect(same.storage).toBe(volume.storage);
        expect(same.affine).toEqual(named ? dstAffine : volume.affine);
      }),
    );
    expect((await applied(ramp([1, 4, 4, 4], "int16"), spatialResample())).dtype).toBe("float32");
  });

  test("resamples where affines differ little in numbers but much over a long axis", async () => {
    const long = ramp([1, 600, 1, 1]);
    const dstAffine = [...identityAffine()];
    dstAffine[0] = 1.0009;
    const result = await applied(long, spatialResample({ dstAffine, spatialSize: -1 }));
    expect(result.get(0, 500, 0, 0)).toBeCloseTo(500.45, 3);
  });

  test("undoes what another transform did, back on the grid that it noted", async () => {
    const volume = bump([9, 8, 7]);
    const turned = await applied(volume, flip({ spatialAxis: [0, 2] }));
    const { shape, affine } = Object(turned.meta.applied?.[0]?.params);
    const back = await applied(turned, spatialResample({ dstAffine: affine, spatialSize: shape }));
    expect({ ...Object(plain(back)), meta: undefined }).toEqual({ ...Object(plain(volume)), meta: undefined });
  });

  test("resamples a slice within its plane, whatever the plane", async () => {
    for (const axis of [0, 1, 2]) {
      const slice = bump([6, 5, 4]).slice(axis, 2);
      const turned = await applied(slice, flip({ spatialAxis: 0 }));
      for (const alignCorners of [true, false]) {
        const more = { paddingMode: "reflection" as const, alignCorners };
        const back = await applied(turned, spatialResample({ dstAffine: slice.affine, spatialSize: -1, ...more }));
        expect(valuesOf(back)).toEqual(valuesOf(slice).map((value) => expect.closeTo(value, 6)));
        const finer = slice.affine.map((value, n) => (n < 12 && n % 4 === 1 ? value / 2 : value));
        const half = await applied(slice, spatialResample({ dstAffine: finer, ...more }));
        expect(half.spatialShape).toEqual([slice.shape[1], 2 * (slice.shape[2] ?? 0) - 1]);
        expect(half.get(0, 1, 2)).toBeCloseTo(slice.get(0, 1, 1) ?? Number.NaN, 6);
      }
    }
  });

  test("notes on the image what was done, and the grid before", async () => {
    const result = await applied(bump([4, 4, 4]), spatialResample({ spatialSize: 5, mode: "nearest" }));
    expect(result.meta.applied).toMatchObject([
      { name: "spatialResample", params: { spatialSize: [5, 5, 5], mode: "nearest", shape: [4, 4, 4] } },
    ]);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const flat = [...identityAffine()];
    flat[0] = 0;
    const wrong = [
      { dstAffine: flat },
      { dstAffine: [1, 0, 0, 1] },
      { dstAffine: [...identityAffine().slice(0, 15), 2] },
      { dstAffine: identityAffine().map(() => Number.NaN) },
      { spatialSize: [2, 2.5] },
      { spatialSize: [1, 2, 3, 4] },
      { mode: "trilinear" },
      { paddingMode: "edge" },
    ];
    for (const options of wrong) {
      const failure = attempt(() => Reflect.apply(spatialResample, undefined, [options]));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });

  test("refuses images without a place and sizes beyond all measure", async () => {
    const nowhere = ramp([1, 2, 2, 2]).withAffine([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    const failed = applied(nowhere, spatialResample({ dstAffine: identityAffine() }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_AFFINE", operator: "spatialResample" });
    const fine = identityAffine().map((value, n) => (n < 15 ? value * 1e-6 : value));
    const huge = applied(ramp([1, 4, 4, 4]), spatialResample({ dstAffine: fine }));
    await expect(huge).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  });
});
