import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { ensureChannelFirst } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";

const placed = (volume: Volume) => volume.withAffine([2, 0, 0, -5, 0, 0, 3, 7, 0, -4, 0, 1, 0, 0, 0, 1]);

describe("ensureChannelFirst", () => {
  test("changes nothing unless it is told which axis holds the channels", async () => {
    const image = ramp([3, 2, 2, 2]);
    expect((await applied(image, ensureChannelFirst())).storage).toBe(image.storage);
    expect(valuesOf(await applied(ramp([1, 2, 2]), ensureChannelFirst({ channelDim: "no_channel" })))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  test("moves an axis of the file to the channels", async () => {
    const image = placed(ramp([1, 2, 3, 4]));
    for (const [channelDim, axis] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [-1, 2],
      [-3, 0],
    ] as const) {
      const moved = await applied(image, ensureChannelFirst({ channelDim }));
      expect(moved.channels).toBe(image.spatialShape[axis]);
      for (let n = 0; n < moved.channels; n++) {
        expect(valuesOf(moved.selectChannels(n, n + 1))).toEqual(valuesOf(image.slice(axis, n)));
      }
      expect(moved.affine).toEqual(image.slice(axis, 0).affine);
      expect(moved.meta.applied?.[0]).toMatchObject({ name: "ensureChannelFirst", params: { shape: [2, 3, 4] } });
    }
  });

  test("refuses what has channels already or no axis to give, unless it is not strict", async () => {
    for (const volume of [ramp([2, 2, 2, 2]), ramp([1, 2, 2])]) {
      const failing = applied(volume, ensureChannelFirst({ channelDim: -1 }));
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "ensureChannelFirst" });
      const passed = await applied(volume, ensureChannelFirst({ channelDim: -1, strictCheck: false }));
      expect(plain(passed)).toEqual(plain(volume));
    }
    expect(() => ensureChannelFirst({ channelDim: 3 })).toThrow(/channelDim/);
  });
});
