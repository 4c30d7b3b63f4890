import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randSpatialCrop } from "voxrx/operators";
import { drawRegion } from "../../../operators/crop/shared/drawn-region.ts";
import { RandomState } from "../../../src/random/mt19937.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";

const row = (n: number) => ramp([1, n, 1]);

/** Every one of the values as often as the others, within five deviations. */
function expectEven(values: readonly number[], expected: readonly number[]): void {
  const share = 1 / expected.length;
  const allowed = 5 * Math.sqrt(values.length * share * (1 - share));
  for (const value of expected) {
    const count = values.filter((each) => each === value).length;
    expect(Math.abs(count - values.length * share), `${value} came ${count} times`).toBeLessThan(allowed);
  }
  expect(new Set(values).size).toBe(expected.length);
}

describe("randSpatialCrop", () => {
  test("never leaves the image, whatever the sizes", async () => {
    const size = fc.integer({ min: -1, max: 7 });
    await fc.assert(
      fc.asyncProperty(
        anyVolume,
        size,
        fc.boolean(),
        fc.boolean(),
        fc.nat(),
        async (volume, roiSize, randomCenter, randomSize, seed) => {
          const operator = randSpatialCrop({ roiSize, randomCenter, randomSize });
          const [part] = await Dataset.from([volume], { seed }).pipe(operator).toArray();
          const inside = new Set(valuesOf(volume));
          for (const value of valuesOf(part ?? volume)) expect(inside.has(value)).toBe(true);
          for (const [axis, n] of (part?.spatialShape ?? []).entries()) {
            const whole = volume.spatialShape[axis] ?? 0;
            const least = roiSize > 0 ? Math.min(roiSize, whole) : whole;
            expect(n).toBeGreaterThanOrEqual(least);
            expect(n).toBeLessThanOrEqual(randomSize ? whole : least);
          }
        },
      ),
    );
  });

  test("draws every place equally often, over 10,000 items", async () => {
    const images = Array.from({ length: 10_000 }, () => row(7));
    const parts: Volume[] = await Dataset.from(images, { seed: 5 })
      .pipe(randSpatialCrop({ roiSize: [3, -1] }))
      .toArray();
    expectEven(
      parts.map((part) => part.get(0, 0, 0) ?? -1),
      [0, 1, 2, 3, 4],
    );
  });

  test("draws every size equally often, the largest included, over 10,000 items", async () => {
    const operator = randSpatialCrop({ roiSize: [2, -1], maxRoiSize: [5, -1], randomSize: true });
    const images = Array.from({ length: 10_000 }, () => row(7));
    const parts: Volume[] = await Dataset.from(images, { seed: 5 }).pipe(operator).toArray();
    expectEven(
      parts.map(({ spatialShape }) => spatialShape[0] ?? -1),
      [2, 3, 4, 5],
    );
  });

  test("cuts all fields of an item alike, as views, and changes none", async () => {
    const item = { image: ramp([1, 6, 6, 6]), label: ramp([2, 6, 6, 6], "uint8") };
    const before = [plain(item.image), plain(item.label)];
    const operator = randSpatialCrop({ keys: ["image", "label"], roiSize: 3 });
    const parts = await Dataset.from(Array.from({ length: 20 }, () => item))
      .pipe(operator)
      .toArray();
    for (const { image, label } of parts) {
      expect(image.affine).toEqual(label.affine);
      expect(image.spatialShape).toEqual([3, 3, 3]);
      expect(image.storage).toBe(item.image.storage);
    }
    expect([plain(item.image), plain(item.label)]).toEqual(before);
    const uneven = Dataset.from([{ image: ramp([1, 6, 6, 6]), label: ramp([1, 6, 6, 5]) }]).pipe(
      randSpatialCrop({ keys: ["image", "label"], roiSize: 3 }),
    );
    await expect(uneven.toArray()).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const wrong = [{ roiSize: 2.5 }, { roiSize: 3, maxRoiSize: 2, randomSize: true }, { roiSize: 3, maxRoiSize: 4 }];
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => randSpatialCrop(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});

describe("MONAI's vectors", () => {
  test("sizes drawn up to a largest one, cut to the image, for its seed 123", () => {
    const sizeOf = (maxRoiSize: number | number[]) => {
      const state = new RandomState(123);
      const rule = { roiSize: 3, maxRoiSize, randomCenter: true, randomSize: true };
      const { start, end } = drawRegion({ integer: (n) => state.interval(n - 1) }, [4, 5, 6], rule);
      return end.map((to, axis) => to - (start[axis] ?? 0));
    };
    expect(sizeOf([5, -1, 4])).toEqual([4, 4, 3]);
    expect(sizeOf(4)).toEqual([3, 4, 3]);
  });

  test("sizes of eight centred samples for its seed 1234", () => {
    const state = new RandomState(1234);
    const random = { integer: (n: number) => state.interval(n - 1) };
    const rule = { roiSize: 3, randomCenter: false, randomSize: true };
    const sizes = Array.from({ length: 8 }, () => {
      const { start, end } = drawRegion(random, [4, 4, 4], rule);
      return end.map((to, axis) => to - (start[axis] ?? 0)).join();
    });
    expect(sizes).toEqual(["4,4,3", "4,3,3", "3,4,4", "4,4,4", "3,3,4", "3,3,3", "3,3,3", "3,3,3"]);
  });
});
