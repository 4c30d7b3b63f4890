import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, isVoxRxError, type Operator, type Volume } from "voxrx";
import { centerSpatialCrop, randSpatialCrop, spatialCrop } from "voxrx/operators";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

const row = (n: number) => ramp([1, n, 1]);

describe("centerSpatialCrop", () => {
  it("keeps the voxels that MONAI keeps", async () => {
    const kept = async (size: number) => valuesOf(await applied(row(5), centerSpatialCrop({ roiSize: [size, -1] })));
    expect(await kept(4)).toEqual([0, 1, 2, 3]);
    expect(await kept(3)).toEqual([1, 2, 3]);
    expect(await kept(2)).toEqual([1, 2]);
    expect(await kept(9)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("spatialCrop", () => {
  it("is cut at the image's ends and keeps axes that it does not name", async () => {
    const image = ramp([1, 5, 4, 3]);
    const kept = async (operator: Operator<Volume, Volume>) => (await applied(image, operator)).spatialShape;
    expect(await kept(spatialCrop({ roiStart: [-2], roiEnd: [3] }))).toEqual([3, 4, 3]);
    expect(await kept(spatialCrop({ roiStart: [1, 1, 1], roiEnd: [99, 99, 99] }))).toEqual([4, 3, 2]);
    expect(await kept(spatialCrop({ roiCenter: [0, 2, 0], roiSize: [3, 2, -1] }))).toEqual([3, 2, 3]);
  });

  it("moves no voxel in the world and shares its samples", async () => {
    const image = ramp([1, 5, 4, 3]);
    const part = await applied(image, spatialCrop({ roiStart: [1, 2, 0], roiEnd: [4, 4, 2] }));
    expect(part.storage).toBe(image.storage);
    expect([part.affine[3], part.affine[7], part.affine[11]]).toEqual([1, 2, 0]);
    expect(part.get(0, 0, 0, 0)).toBe(image.get(0, 1, 2, 0));
  });

  it("refuses a region that holds no voxel", async () => {
    const failed = applied(ramp([1, 5, 4, 3]), spatialCrop({ roiStart: [7], roiEnd: [9] }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "spatialCrop" });
  });

  it("refuses options that cannot be meant when it is composed", () => {
    const wrong = [
      {},
      { roiCenter: [1] },
      { roiSize: [1] },
      { roiStart: [3], roiEnd: [3] },
      { roiStart: [1], roiEnd: [2, 3] },
    ];
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => spatialCrop(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});

describe("randSpatialCrop", () => {
  it("never leaves the image, whatever the sizes", async () => {
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

  it("draws every place equally often, over 10,000 items", async () => {
    const images = Array.from({ length: 10_000 }, () => row(7));
    const parts: Volume[] = await Dataset.from(images, { seed: 5 })
      .pipe(randSpatialCrop({ roiSize: [3, -1] }))
      .toArray();
    expectEven(
      parts.map((part) => part.get(0, 0, 0) ?? -1),
      [0, 1, 2, 3, 4],
    );
  });

  it("draws every size equally often, the largest included, over 10,000 items", async () => {
    const operator = randSpatialCrop({ roiSize: [2, -1], maxRoiSize: [5, -1], randomSize: true });
    const images = Array.from({ length: 10_000 }, () => row(7));
    const parts: Volume[] = await Dataset.from(images, { seed: 5 }).pipe(operator).toArray();
    expectEven(
      parts.map(({ spatialShape }) => spatialShape[0] ?? -1),
      [2, 3, 4, 5],
    );
  });

  it("cuts all fields of an item alike, as views, and changes none", async () => {
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

  it("refuses options that cannot be meant when it is composed", () => {
    const wrong = [{ roiSize: -2 }, { roiSize: 3, maxRoiSize: 2, randomSize: true }, { roiSize: 3, maxRoiSize: 4 }];
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

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (caught) {
    return caught;
  }
}
