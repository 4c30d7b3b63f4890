import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError } from "voxrx";
import { resize, resizeWithPadOrCrop, zoom } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { ofRange } from "../../support/monai-reference.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

const modes = ["area", "nearest", "nearest-exact", "trilinear", "bilinear"] as const;

const factor = fc.double({ min: 0.3, max: 2.5, noNaN: true });

const factors = fc.tuple(factor, factor, factor);

monaiCases("zoom", {
  row({ zoom: factor, mode, paddingMode }) {
    expect([mode, paddingMode]).toEqual(["trilinear", "constant"]);
    return zoom({ zoom: Number(factor), mode: "trilinear", paddingMode: "constant" });
  },
  tolerance: ofRange,
});

describe("zoom", () => {
  test("cuts or pads around the middle to the size before", async () => {
    const line = ramp([1, 4, 1]);
    const seen = async (zooming: number, more = {}) =>
      valuesOf(await applied(line, zoom({ zoom: [zooming, 1], ...more })));
    expect(await seen(2, { mode: "nearest" })).toEqual([1, 1, 2, 2]);
    expect(await seen(2, { mode: "nearest", keepSize: false })).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(await seen(0.5)).toEqual([0.5, 0.5, 2.5, 2.5]);
    expect(await seen(0.5, { paddingMode: "constant" })).toEqual([0, 0.5, 2.5, 0]);
    expect(await seen(0.75, { mode: "nearest", paddingMode: "reflect" })).toEqual([0, 1, 2, 1]);
    expect(await seen(0.01, { keepSize: false })).toEqual([1.5]);
  });

  test("is resizing, then cutting and padding", async () => {
    const options = { mode: fc.constantFrom(...modes), alignCorners: fc.boolean() };
    await fc.assert(
      fc.asyncProperty(factors, fc.record(options), async (zooms, { mode, alignCorners }) => {
        const volume = bump([7, 6, 8]);
        const more = { mode, alignCorners: alignCorners && mode.endsWith("linear") };
        const spatialSize = volume.spatialShape.map((n, axis) => Math.max(1, Math.floor(n * (zooms[axis] ?? 1))));
        const steps = [resize({ spatialSize, ...more }), resizeWithPadOrCrop({ spatialSize: [7, 6, 8], mode: "edge" })];
        const [got, wanted] = [await applied(volume, zoom({ zoom: zooms, ...more })), await applied(volume, ...steps)];
        expect(valuesOf(got)).toEqual(valuesOf(wanted));
        expect([...got.affine]).toEqual([...wanted.affine].map((value) => expect.closeTo(value, 9)));
      }),
      { numRuns: 60 },
    );
  });

  test("by 1 is the image itself, in every mode", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom(...modes), fc.boolean(), async (volume, mode, keepSize) => {
        const same = await applied(volume, zoom({ zoom: 1, mode, keepSize }));
        const before = volume.toContiguous("x-fastest", mode.startsWith("nearest") ? volume.dtype : "float32");
        expect({ ...Object(plain(same)), meta: undefined }).toEqual({ ...Object(plain(before)), meta: undefined });
      }),
    );
  });

  test("keeps what is seen in its place in the world", async () => {
    await fc.assert(
      fc.asyncProperty(factors, fc.boolean(), fc.boolean(), async (zooms, alignCorners, keepSize) => {
        const volume = bump([9, 8, 7]);
        const inside = await applied(volume, zoom({ zoom: zooms, mode: "trilinear", alignCorners, keepSize }));
        expectSamePlaces(inside, volume);
      }),
      { numRuns: 60 },
    );
  });

  test("puts a label on the grid of its image and leaves it its values", async () => {
    const label = ramp([1, 6, 5, 4], "uint8", 1);
    const operator = zoom({ zoom: [0.6, 1.4, 1], mode: "nearest-exact", paddingMode: "constant" });
    const result = await applied(label, operator);
    expect([result.dtype, result.spatialShape]).toEqual(["uint8", [6, 5, 4]]);
    expect([...result.affine]).toEqual([...(await applied(label, zoom({ zoom: [0.6, 1.4, 1] }))).affine]);
    expect(valuesOf(result).every((value) => value === 0 || valuesOf(label).includes(value))).toBe(true);
  });

  test("computes no more than it keeps", async () => {
    const result = await applied(ramp([1, 8, 8, 8]), zoom({ zoom: 1000, mode: "nearest" }));
    expect(result.spatialShape).toEqual([8, 8, 8]);
    const whole = applied(ramp([1, 8, 8, 8]), zoom({ zoom: 1000, keepSize: false }));
    await expect(whole).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", operator: "zoom" });
  });

  test("notes on the image what was done, and the grid before", async () => {
    const result = await applied(bump([4, 4, 4]), zoom({ zoom: 0.5 }));
    const params = { zoom: [0.5, 0.5, 0.5], mode: "area", paddingMode: "edge", keepSize: true, shape: [4, 4, 4] };
    expect(result.meta.applied).toMatchObject([{ name: "zoom", params }]);
  });

  test("refuses options that cannot be meant", async () => {
    const wrong = [
      { zoom: 0 },
      { zoom: -1 },
      { zoom: Number.NaN },
      { zoom: [] },
      { zoom: 2, mode: "cubic" },
      { zoom: 2, alignCorners: true },
      { zoom: 2, paddingMode: "border" },
      {},
    ];
    for (const options of wrong) {
      const failure = attempt(() => Reflect.apply(zoom, undefined, [options]));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
    const failed = applied(ramp([1, 4, 4, 4]), zoom({ zoom: [1, 2] }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "zoom" });
  });
});
