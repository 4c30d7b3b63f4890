import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { randCropByLabelClasses } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";
import { block, keys } from "./marked-scan.ts";

/** A label whose first channel is 1 everywhere, and whose second only in voxel `at`: regions that contain each other. */
function nested(n: number, at: number): Volume {
  const data = Uint8Array.from({ length: 2 * n ** 3 }, (_, i) => Number(i < n ** 3 || i === n ** 3 + at));
  return new Volume({ data, shape: [2, n, n, n], layout: "x-fastest" });
}

describe("randCropByLabelClasses", () => {
  const options = { keys: "image", labelKey: "label", spatialSize: 1 } as const;

  test("a voxel in several channels counts in each: a region inside of another is still drawn", async () => {
    const items = Dataset.from([{ image: ramp([1, 4, 4, 4]), label: nested(4, 21) }]);
    const inner = await items.pipe(randCropByLabelClasses({ ...options, ratios: [0, 1], numSamples: 5 })).toArray();
    expect(inner.map(({ image }) => image.get(0, 0, 0, 0))).toEqual([21, 21, 21, 21, 21]);
    const both = await items.pipe(randCropByLabelClasses({ ...options, numSamples: 2_000 })).toArray();
    const count = both.filter(({ image }) => image.get(0, 0, 0, 0) === 21).length;
    expect(Math.abs(count - 2_000 * (1 / 2 + 1 / 128))).toBeLessThan(5 * Math.sqrt(500));
  });

  test("classes of channels, too, are drawn only where the image is above the threshold", async () => {
    const items = Dataset.from([{ image: ramp([1, 4, 4, 4]), label: nested(4, 21) }]);
    const gate = { imageKey: "image", imageThreshold: 59 } as const;
    const outer = await items
      .pipe(randCropByLabelClasses({ ...options, ...gate, ratios: [1, 1], numSamples: 200 }))
      .toArray();
    expect(new Set(outer.map(({ image }) => image.get(0, 0, 0, 0)))).toEqual(new Set([60, 61, 62, 63]));
    const none = items.pipe(randCropByLabelClasses({ ...options, ...gate, ratios: [0, 1] })).toArray();
    await expect(none).rejects.toMatchObject({ code: "VOXRX_NO_VOXEL", operator: "randCropByLabelClasses" });
  });

  test("a label that has not the declared number of channels is an error", async () => {
    const items = Dataset.from([{ image: ramp([1, 4, 4, 4]), label: nested(4, 21) }]);
    const failed = items.pipe(randCropByLabelClasses({ ...options, numClasses: 3 })).toArray();
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
  });

  const label = () => {
    const both = block([10, 10, 10], 2, 4);
    both.data[999] = 2;
    return both;
  };

  test("10,000 draws have the ratios of the classes that are there, evenly within each", async () => {
    const options = { keys, labelKey: "label", spatialSize: 1, ratios: [1, 2, 1, 9], numSamples: 10_000 } as const;
    const crops = await Dataset.from([{ image: ramp([1, 10, 10, 10]), label: label() }])
      .pipe(randCropByLabelClasses(options))
      .toArray({ maxBytes: "8GiB" });
    for (const [own, expected] of [2500, 5000, 2500].entries()) {
      const count = crops.filter((crop) => crop.label.get(0, 0, 0, 0) === own).length;
      expect(Math.abs(count - expected)).toBeLessThan(200);
    }
  });

  test("a class without a voxel is left out, and all of them an error; one channel needs numClasses", async () => {
    const one = (more: object) =>
      Dataset.from([{ image: ramp([1, 10, 10, 10]), label: label() }])
        .pipe(randCropByLabelClasses({ keys, labelKey: "label", spatialSize: 2, ...more }))
        .toArray();
    expect((await one({ ratios: [0, 1, 0], numSamples: 20 })).length).toBe(20);
    await expect(one({ ratios: [0, 0, 0, 1] })).rejects.toMatchObject({ code: "VOXRX_NO_VOXEL" });
    await expect(one({})).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
    expect(() => randCropByLabelClasses({ keys, labelKey: "label", spatialSize: 2, ratios: [0] })).toThrow(/above 0/);
  });
});
