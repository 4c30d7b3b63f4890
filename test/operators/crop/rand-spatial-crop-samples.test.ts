import { describe, expect, test } from "vitest";
import { Dataset, originOf, type Volume } from "voxrx";
import { batch, randSpatialCropSamples } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";
import { keys, scan, startOf } from "./marked-scan.ts";

describe("randSpatialCropSamples", () => {
  test("an item with none of the fields is given numSamples times, unchanged, where fields may be missing", async () => {
    type Item = { readonly id: string; readonly image: Volume };
    const without: Partial<Item> = { id: "a" };
    const items = Dataset.from([without, { id: "b", image: ramp([1, 3, 3, 3]) }]) as Dataset<Item>;
    const options = { keys: ["image"], allowMissingKeys: true, roiSize: 2, numSamples: 2 } as const;
    const crops = await items.pipe(randSpatialCropSamples(options)).toArray();
    expect(crops.slice(0, 2)).toEqual([{ id: "a" }, { id: "a" }]);
    expect(crops[0]).not.toBe(crops[1]);
    expect(crops.slice(2).map(({ image }) => image.shape)).toEqual([
      [1, 2, 2, 2],
      [1, 2, 2, 2],
    ]);
  });

  test("draws each crop by itself, notes all draws on each, and goes on into batches", async () => {
    const crops = Dataset.from([scan()], { seed: 9 }).pipe(randSpatialCropSamples({ keys, roiSize: 3, numSamples: 4 }));
    const all = await crops.toArray();
    expect(new Set(all.map(({ image }) => startOf(image, 10).join())).size).toBeGreaterThan(1);
    const [first] = all;
    expect(first && originOf(first)?.draws[0]).toMatchObject({
      operator: "randSpatialCropSamples",
      params: all.map(({ image }) => ({ start: startOf(image, 10) })),
    });
    const [tensors] = await crops.pipe(batch(4)).toArray();
    expect(tensors?.image.shape).toEqual([4, 1, 3, 3, 3]);
  });

  test("sizes are drawn evenly between both, inside of the image", async () => {
    const options = {
      keys: "image",
      roiSize: 2,
      maxRoiSize: [4, -1, 3],
      randomSize: true,
      numSamples: 10_000,
    } as const;
    const crops = await Dataset.from([{ image: ramp([1, 6, 5, 3], "uint8") }])
      .pipe(randSpatialCropSamples(options))
      .toArray();
    const count = (axis: number, size: number) => crops.filter(({ image }) => image.spatialShape[axis] === size).length;
    for (const size of [2, 3, 4]) expect(Math.abs(count(0, size) - 3333)).toBeLessThan(200);
    for (const size of [2, 3, 4, 5]) expect(Math.abs(count(1, size) - 2500)).toBeLessThan(200);
    for (const size of [2, 3]) expect(Math.abs(count(2, size) - 5000)).toBeLessThan(200);
  });
});
