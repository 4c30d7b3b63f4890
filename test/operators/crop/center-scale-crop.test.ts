import { describe, expect, test } from "vitest";
import { centerScaleCrop } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

describe("centerScaleCrop", () => {
  test("keeps a share of each axis, rounded up", async () => {
    const image = ramp([1, 5, 4, 3]);
    expect((await applied(image, centerScaleCrop({ roiScale: [0.5, 0.3, 1] }))).spatialShape).toEqual([3, 2, 3]);
    expect(valuesOf(await applied(ramp([1, 5, 1]), centerScaleCrop({ roiScale: [0.6, 1] })))).toEqual([1, 2, 3]);
  });
});
