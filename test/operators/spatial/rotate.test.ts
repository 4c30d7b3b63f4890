import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { rotate, rotate90 } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { ofRange } from "../../support/monai-reference.ts";
import { attempt } from "../../support/thrown.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

monaiCases("rotate", {
  row({ angle, keepSize }) {
    const angles = Array.isArray(angle) ? angle.map(Number) : Number(angle);
    return rotate({ angle: angles, keepSize: keepSize === true });
  },
  tolerance: ofRange,
});

describe("rotate", () => {
  const quarter = Math.PI / 2;

  test("by a quarter around z is rotate90 the other way, up to the place of the middle", async () => {
    const square = ramp([2, 3, 3, 2]);
    const turned = await applied(square, rotate({ angle: [0, 0, quarter] }));
    const quarterTurned = await applied(square, rotate90({ k: 3 }));
    expect(valuesOf(turned)).toEqual(valuesOf(quarterTurned));
    for (const [n, value] of turned.affine.entries()) expect(value).toBeCloseTo(quarterTurned.affine[n] ?? NaN, 12);
  });

  test("turns x towards y, y towards z and z towards x, worked out by hand", async () => {
    const cube = ramp([1, 3, 3, 3]);
    const at = async (angle: readonly number[]) => {
      const { storage: samples } = (await applied(cube, rotate({ angle }))).toContiguous();
      return [samples[1], samples[3], samples[9]];
    };
    // The voxel (x, y, z) of the result is read at R (x - 1, y - 1, z - 1) + 1; a sample is x + 3 y + 9 z.
    expect(await at([quarter, 0, 0])).toEqual([7, 15, 3]);
    expect(await at([0, quarter, 0])).toEqual([9, 21, 19]);
    expect(await at([0, 0, quarter])).toEqual([5, 1, 11]);
  });

  test("by 0 is the image itself", async () => {
    for (const volume of [ramp([2, 4, 3, 5]), ramp([1, 4, 3])]) {
      for (const keepSize of [true, false]) {
        const same = await applied(volume, rotate({ angle: 0, keepSize }));
        expect({ ...Object(plain(same)), meta: undefined }).toEqual({ ...Object(plain(volume)), meta: undefined });
      }
    }
  });

  test("and back again restores shape and affine, and the picture to within what interpolation costs", async () => {
    const volume = bump([20, 18, 16]);
    const [angle, back] = [
      [0.3, 0, 0],
      [-0.3, 0, 0],
    ];
    const there = await applied(volume, rotate({ angle }));
    const again = await applied(there, rotate({ angle: back }));
    expect(again.shape).toEqual(volume.shape);
    for (const [n, value] of again.affine.entries()) expect(value).toBeCloseTo(volume.affine[n] ?? NaN, 10);
    let furthest = 0;
    for (let x = 5; x < 15; x++) {
      for (let y = 5; y < 13; y++) {
        for (let z = 5; z < 11; z++) {
          furthest = Math.max(furthest, Math.abs((again.get(0, x, y, z) ?? NaN) - (volume.get(0, x, y, z) ?? NaN)));
        }
      }
    }
    expect(furthest).toBeLessThan(0.03); // of a bump of height 1 and width 5 voxels, interpolated twice
  });

  test("leaves what is seen in its place in the world, whatever the angles and the size", async () => {
    const angles = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -3, max: 3, noNaN: true })));
    await fc.assert(
      fc.asyncProperty(angles, fc.boolean(), fc.boolean(), async (angle, keepSize, alignCorners) => {
        const volume = bump([9, 8, 7]);
        const paddingMode = "reflection";
        expectSamePlaces(await applied(volume, rotate({ angle, keepSize, paddingMode, alignCorners })), volume);
      }),
      { numRuns: 30 },
    );
  });

  test("without keepSize makes room for the turned corners", async () => {
    const turned = await applied(ramp([1, 10, 4, 6]), rotate({ angle: [0, 0, quarter], keepSize: false }));
    expect(turned.shape).toEqual([1, 4, 10, 6]);
    const plane = await applied(ramp([1, 10, 4]), rotate({ angle: Math.PI / 4, keepSize: false }));
    expect(plane.shape).toEqual([1, 10, 10]); // 14 / sqrt(2) = 9.9
  });

  test("keeps the element type of labels, and gives float32 of what is interpolated", async () => {
    const label = ramp([1, 5, 5, 3], "uint8");
    expect((await applied(label, rotate({ angle: 0.4, mode: "nearest" }))).dtype).toBe("uint8");
    expect((await applied(label, rotate({ angle: 0.4 }))).dtype).toBe("float32");
    expect((await applied(label, rotate({ angle: 0 }))).dtype).toBe("float32");
  });

  test("mirrors at the edge of the image, or at the centres of its outermost voxels", async () => {
    const xOfRows = async (alignCorners: boolean) => {
      const turn = rotate({ angle: quarter, paddingMode: "reflection", alignCorners });
      const values = valuesOf(await applied(ramp([1, 2, 8]), turn)); // a sample is x + 2 y
      return values.filter((_, n) => n % 2 === 0).map((value) => value % 2);
    };
    // Rows y = 0 … 7 are read at x = 4 - y, mirrored at -0.5 and 1.5, or at 0 and 1.
    expect(await xOfRows(false)).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(await xOfRows(true)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  test("refuses angles that an image has no axes for", async () => {
    const three = applied(ramp([1, 4, 4]), rotate({ angle: [1, 2, 3] }));
    await expect(three).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "rotate" });
    await expect(applied(ramp([1, 4, 4, 4]), rotate({ angle: [1] }))).rejects.toMatchObject({
      code: "VOXRX_BAD_OPTION",
    });
  });

  test("refuses an image without voxels, and options that cannot be meant", async () => {
    const empty = new Volume({ data: new Float32Array(0), shape: [1, 0, 4, 4] });
    await expect(applied(empty, rotate({ angle: 1 }))).rejects.toMatchObject({ code: "VOXRX_BAD_VOLUME" });
    const wrong = [{ angle: [1, 2] }, { angle: Number.NaN }, { angle: [] }, { angle: 1, keepsize: true }];
    for (const options of wrong) {
      const caught = attempt(() => rotate(options));
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
