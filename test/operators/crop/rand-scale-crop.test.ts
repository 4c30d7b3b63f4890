import { describe, expect, test } from "vitest";
import { randScaleCrop } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { ramp } from "../../support/volumes.ts";

describe("randScaleCrop", () => {
  test("keeps a share of each axis, rounded up, or one between two", async () => {
    const image = ramp([1, 5, 4, 3]);
    expect((await applied(image, randScaleCrop({ roiScale: 0.5 }))).spatialShape).toEqual([3, 2, 2]);
    const drawn = await applied(image, randScaleCrop({ roiScale: 0.5, maxRoiScale: 0.8, randomSize: true }));
    for (const [axis, n] of drawn.spatialShape.entries()) {
      expect(n).toBeGreaterThanOrEqual([3, 2, 2][axis] ?? 0);
      expect(n).toBeLessThanOrEqual([4, 4, 3][axis] ?? 0);
    }
  });

  test("refuses shares that cannot be meant when it is composed", () => {
    for (const wrong of [
      { roiScale: Number.NaN },
      { roiScale: 0.5, maxRoiScale: 0.8 },
      { roiScale: 0.5, maxRoiScale: 0.4, randomSize: true },
    ]) {
      expect(() => randScaleCrop(wrong)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});
