import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randGridDistortion } from "voxrx/operators";
import { distortedPositions } from "../../../src/kernels/smooth-noise.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, ramp, valuesOf } from "../../support/volumes.ts";
import { paramsOf, scansOf, unnoted } from "./noted-scans.ts";
import { bump } from "./resampled.ts";

describe("randGridDistortion", () => {
  test("stretches cells as worked out by hand", () => {
    expect([...distortedPositions(6, [1, 1, 1])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...distortedPositions(6, [0.5, 1.5, 9, 9])]).toEqual([0, 0.5, 1, 2.5, 4, 13]);
    expect([...distortedPositions(7, [0.5, 1.5, 1, 9])]).toEqual([0, 0.5, 1, 2.5, 4, 5, 6]);
    expect([...distortedPositions(8, [0.5, 0.5, 0.5, 9])]).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 5.5]);
    expect([...distortedPositions(2, [1, 1, 1, 1, 1])]).toEqual([0, 1]);
    expect([...distortedPositions(0, [1, 1])]).toEqual([]);
  });

  test("with a limit of 0 is the image itself", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.integer({ min: 1, max: 9 }), async (volume, numCells) => {
        const operator = randGridDistortion({ prob: 1, numCells, distortLimit: 0, mode: "nearest" });
        expect(unnoted(await applied(volume, operator))).toEqual(unnoted(volume));
        const float = await applied(volume, randGridDistortion({ prob: 1, numCells, distortLimit: 0 }));
        expect([float.dtype, valuesOf(float)]).toEqual(["float32", valuesOf(volume)]);
      }),
    );
  });

  test("reads each voxel where the noted steps of its axes say, in any layout", async () => {
    const image = ramp([2, 11, 6, 9]).permute([2, 0, 1]).flip([1]);
    const operator = randGridDistortion({ prob: 1, numCells: [3, 4, 2], distortLimit: 0.3 });
    const result = await applied(image, operator);
    const steps = [paramsOf(result).distortSteps].flat().map((each) => [each].flat().map(Number));
    expect(steps.map(({ length }) => length)).toEqual([4, 5, 3]);
    const [px = [], py = [], pz = []] = steps.map((each, axis) => {
      const length = image.spatialShape[axis] ?? 0;
      return Array.from(distortedPositions(length, each), (at) => Math.min(at, length - 1));
    });
    const [base, dx, dy, dz] = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]].map(([x = 0, y = 0, z = 0]) => image.get(1, x, y, z) ?? 0); // biome-ignore format: one line
    const slope = [dx, dy, dz].map((value) => (value ?? 0) - (base ?? 0)); // a ramp is linear in the voxel's index
    for (const [x, xAt] of px.entries()) {
      for (const [y, yAt] of py.entries()) {
        for (const [z, zAt] of pz.entries()) {
          const value = (base ?? 0) + xAt * (slope[0] ?? 0) + yAt * (slope[1] ?? 0) + zAt * (slope[2] ?? 0);
          expect(result.get(1, x, y, z)).toBeCloseTo(value, 2);
        }
      }
    }
  });

  test("distorts all fields alike, keeps shape and affine, and notes that it cannot be undone", async () => {
    const picture = bump([10, 7, 6]);
    const operator = randGridDistortion({ keys: ["image", "label"], prob: 0.5, mode: ["bilinear", "nearest"] });
    const results = await Dataset.from(scansOf(picture, 20), { seed: 6 }).pipe(operator).toArray();
    const distorted = results.filter(({ image }) => image.meta.applied);
    expect(distorted.length).toBeGreaterThan(3);
    expect(distorted.length).toBeLessThan(17);
    for (const { image, label } of results) {
      expect([image.shape, [...image.affine]]).toEqual([picture.shape, [...picture.affine]]);
      expect([image.dtype, label.dtype]).toEqual(["float32", "int16"]);
      expect(paramsOf(image).distortSteps).toEqual(paramsOf(label).distortSteps);
    }
    expect(distorted[0]?.image.meta.applied).toMatchObject([
      { name: "randGridDistortion", params: { invertible: false } },
    ]);
  });

  test("draws steps evenly", async () => {
    const items = Array.from({ length: drawCount }, () => ramp([1, 2, 1], "uint8"));
    const operator = randGridDistortion({ prob: 0.3, numCells: 2, distortLimit: [-0.1, 0.3], mode: "nearest" });
    const results: Volume[] = await Dataset.from(items, { seed: 8 }).pipe(operator).toArray();
    const drawn = results.filter(({ meta }) => meta.applied).map((volume) => [paramsOf(volume).distortSteps].flat(2));
    expect(Math.abs(drawn.length - 0.3 * drawCount)).toBeLessThan(5 * Math.sqrt(drawCount * 0.3 * 0.7));
    const steps = drawn.flatMap((all) => all.map(Number));
    expect(steps.length).toBe(drawn.length * (3 + 2)); // an axis of one voxel has one cell
    expect(steps.every((step) => step >= 0.9 && step <= 1.3)).toBe(true);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    expect(Math.abs(mean - 1.1)).toBeLessThan((5 * 0.4) / Math.sqrt(12 * steps.length));
  });

  test("refuses options that cannot be meant when it is composed", () => {
    for (const options of [
      { numCells: 0 },
      { numCells: [] },
      { distortLimit: 1 },
      { distortLimit: [0.2, 0.1] as const },
    ]) {
      const caught = attempt(() => randGridDistortion(options));
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
