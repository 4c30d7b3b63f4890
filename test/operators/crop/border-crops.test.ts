import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { borderPad, centerScaleCrop, divisiblePad, randScaleCrop, spatialCrop } from "voxrx/operators";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

describe("borderPad", () => {
  it("takes one number, one per axis, or two per axis", async () => {
    const image = ramp([1, 3, 4, 5]);
    const size = async (spatialBorder: number | number[]) =>
      (await applied(image, borderPad({ spatialBorder }))).spatialShape;
    expect(await size(1)).toEqual([5, 6, 7]);
    expect(await size([1, 0, 2])).toEqual([5, 4, 9]);
    expect(await size([1, 0, 0, 2, 3, 3])).toEqual([4, 6, 11]);
    await expect(size([1, 2])).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "borderPad" });
    expect(() => borderPad({ spatialBorder: -1 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });

  it("then cropping is identity", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyVolume,
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom("constant", "edge"),
        async (volume, border, mode) => {
          const rank = volume.spatialShape.length;
          const back = await applied(
            volume,
            borderPad({ spatialBorder: border, mode }),
            spatialCrop({ roiStart: new Array(rank).fill(border), roiEnd: volume.spatialShape.map((n) => n + border) }),
          );
          expect({ ...Object(plain(back)), meta: {} }).toEqual({ ...Object(plain(volume)), meta: {} });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("divisiblePad", () => {
  it("pads to the next multiple, the odd voxel behind, and leaves axes with k of 0", async () => {
    const image = ramp([1, 9, 8, 5]);
    const padded = await applied(image, divisiblePad({ k: [4, 4, 0] }));
    expect(padded.spatialShape).toEqual([12, 8, 5]);
    expect(padded.affine[3]).toBe(-1);
    expect((await applied(image, divisiblePad({ k: 4, method: "end" }))).get(0, 0, 0, 0)).toBe(0);
  });
});

describe("centerScaleCrop and randScaleCrop", () => {
  it("keep a share of each axis, rounded up", async () => {
    const image = ramp([1, 5, 4, 3]);
    expect((await applied(image, centerScaleCrop({ roiScale: [0.5, 0.3, 1] }))).spatialShape).toEqual([3, 2, 3]);
    expect(valuesOf(await applied(ramp([1, 5, 1]), centerScaleCrop({ roiScale: [0.6, 1] })))).toEqual([1, 2, 3]);
    expect((await applied(image, randScaleCrop({ roiScale: 0.5 }))).spatialShape).toEqual([3, 2, 2]);
    const drawn = await applied(image, randScaleCrop({ roiScale: 0.5, maxRoiScale: 0.8, randomSize: true }));
    for (const [axis, n] of drawn.spatialShape.entries()) {
      expect(n).toBeGreaterThanOrEqual([3, 2, 2][axis] ?? 0);
      expect(n).toBeLessThanOrEqual([4, 4, 3][axis] ?? 0);
    }
    for (const wrong of [
      { roiScale: 0 },
      { roiScale: 0.5, maxRoiScale: 0.8 },
      { roiScale: 0.5, maxRoiScale: 0.4, randomSize: true },
    ]) {
      expect(() => randScaleCrop(wrong)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});
