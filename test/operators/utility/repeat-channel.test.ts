import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { repeatChannel } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

const placed = (volume: Volume) => volume.withAffine([2, 0, 0, -5, 0, 0, 3, 7, 0, -4, 0, 1, 0, 0, 0, 1]);

describe("repeatChannel", () => {
  test("repeats each channel in place: a, b becomes a, a, b, b", async () => {
    const image = placed(ramp([2, 2, 1, 1]).flip([0]));
    const repeated = await applied(image, repeatChannel({ repeats: 2 }));
    expect(valuesOf(repeated)).toEqual([1, 0, 1, 0, 3, 2, 3, 2]);
    expect(repeated.affine).toEqual(image.affine);
    repeated.data.fill(9, 0, 2);
    expect([valuesOf(repeated).slice(2, 4), valuesOf(image)]).toEqual([
      [1, 0],
      [1, 0, 3, 2],
    ]);
  });

  test("refuses a result beyond all measure before it is made", async () => {
    const failing = applied(ramp([1, 200, 200]), repeatChannel({ repeats: 65_536 }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", operator: "repeatChannel" });
    expect(() => repeatChannel({ repeats: 0 })).toThrow(/repeats/);
  });
});
