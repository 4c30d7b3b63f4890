import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { squeezeDim } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { plain, ramp } from "../../support/volumes.ts";

const placed = (volume: Volume) => volume.withAffine([2, 0, 0, -5, 0, 0, 3, 7, 0, -4, 0, 1, 0, 0, 0, 1]);

describe("squeezeDim", () => {
  test("makes a thin image 2D and keeps every voxel's place in the world", async () => {
    for (const [dim, axis] of [
      [1, 0],
      [2, 1],
      [3, 2],
      [-1, 2],
      [-3, 0],
    ] as const) {
      const thick = placed(ramp([1, 3, 4, 5]));
      const end = [3, 4, 5];
      const start = [0, 0, 0];
      start[axis] = 2;
      end[axis] = 3;
      const thin = await applied(thick.crop(start, end), squeezeDim({ dim }));
      const kept = [0, 1, 2].filter((other) => other !== axis);
      expect(thin.shape).toEqual([1, ...kept.map((other) => [3, 4, 5][other])]);
      expect(plain(thin.withMeta({ applied: [] }))).toEqual(plain(thick.slice(axis, 2).withMeta({ applied: [] })));
      expect(thin.meta.applied?.at(-1)).toMatchObject({ name: "squeezeDim", params: { dim } });
    }
  });

  test("refuses what is not one voxel thick, a 2D image, and the channels", async () => {
    for (const volume of [ramp([1, 2, 2, 2]), ramp([1, 2, 1])]) {
      const failing = applied(volume, squeezeDim());
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "squeezeDim" });
    }
    for (const dim of [0, 4, -4, 1.5]) expect(() => squeezeDim({ dim })).toThrow(/an axis of space/);
  });
});
