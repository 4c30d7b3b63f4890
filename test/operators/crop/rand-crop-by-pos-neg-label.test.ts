import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset, onWarning, Volume, type Warning } from "voxrx";
import { cacheUntilRandom, fgBgToIndices, randCropByPosNegLabel, spatialCrop } from "voxrx/operators";
import { drawCenters } from "../../../operators/crop/rand-crop-by-pos-neg-label.ts";
import { binaryClasses, ClassCounts } from "../../../src/kernels/class-map.ts";
import { RandomState } from "../../../src/random/mt19937.ts";
import { boxAround } from "../../../src/volume/box-around.ts";
import { runsOf } from "../../support/long.ts";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";
import { block, keys, scan, startOf } from "./marked-scan.ts";

describe("MONAI's vectors", () => {
  test.each([
    [[2, 2, -1], false, [3, 2, 2, 3]],
    [[2, 2, 2], false, [3, 2, 2, 2]],
    [[4, 4, 2], true, [3, 3, 3, 2]],
    [[4, 4, 4], true, [3, 3, 3, 3]],
  ])(
    "randCropByPosNegLabel of [3, 3, 3, 3] to %j (allowSmaller %j) gives %j",
    async (spatialSize, allowSmaller, shape) => {
      const item = { image: ramp([3, 3, 3, 3]), label: ramp([3, 3, 3, 3], "uint8") };
      const crops = await Dataset.from([item])
        .pipe(randCropByPosNegLabel({ keys: "image", labelKey: "label", spatialSize, allowSmaller, numSamples: 2 }))
        .toArray();
      expect(crops.map(({ image }) => image.shape)).toEqual([shape, shape]);
    },
  );
});

describe("randCropByPosNegLabel", () => {
  test("are views of images of two axes as well", async () => {
    const label = ramp([1, 5, 6], "uint8");
    label.data.fill(0).fill(1, 20, 21);
    const image = ramp([1, 5, 6]);
    const crops = await Dataset.from([{ image, label }])
      .pipe(randCropByPosNegLabel({ keys: ["image", "label"], labelKey: "label", spatialSize: 3, pos: 1, neg: 0 }))
      .toArray();
    expect(crops.map((crop) => crop.label.get(0, 1, 1))).toEqual([1]);
    expect(crops[0]?.image.storage).toBe(image.storage);
    expect(crops[0]?.image.affine.slice(0, 8)).toEqual(Float64Array.of(1, 0, 0, 2, 0, 1, 0, 1));
  });

  test("numbers of voxels that the image does not have are refused, not moved to its end", async () => {
    const label = ramp([1, 9, 9, 9], "uint16");
    const stale = Dataset.from([{ image: ramp([1, 9, 9, 9]), label }]).pipe(
      fgBgToIndices({ keys: "label" }),
      spatialCrop({ keys: ["image", "label"], roiStart: [0, 0, 0], roiEnd: [4, 4, 4] }),
      randCropByPosNegLabel({
        keys: ["image", "label"],
        labelKey: "label",
        spatialSize: 2,
        fgIndicesKey: "label_fg_indices",
        bgIndicesKey: "label_bg_indices",
      }),
    );
    await expect(stale.toArray()).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
      operator: "randCropByPosNegLabel",
    });
  });

  test("crops around the voxels that MONAI picks for the same draws", () => {
    const state = new RandomState(0);
    const draws = { next: () => state.random(), integer: (n: number) => state.interval(n - 1) };
    const counts = new ClassCounts(binaryClasses(block([10, 10, 10], 2, 4)), 2);
    const of = (own: number) => ({ count: counts.total(own), find: (n: number) => counts.find(own, n) });
    const centers = drawCenters(draws, [of(0), of(1)], 0.5, 4).map((center) => {
      const { start } = boxAround(center, 4, [10, 10, 10], false);
      return start.map((from) => from + 2);
    });
    expect(centers).toEqual([
      [6, 3, 7],
      [7, 7, 2],
      [2, 2, 8],
      [7, 6, 2],
    ]);
    expect(boxAround([5, 3, 5], [12, 4, -1], [10, 10, 10], true)).toEqual({ start: [0, 1, 0], end: [10, 5, 10] });
  });

  test("gives numSamples items of each, cut alike, with all else kept, and stays indexed", async () => {
    const crops = Dataset.from([scan(), scan()], { seed: 1 }).pipe(
      randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: [4, 3, -1], numSamples: 3 }),
    );
    expect(crops).toBeInstanceOf(IndexedDataset);
    const all = await crops.epoch(2).toArray();
    expect(all.length).toBe(6);
    expect(all.map(({ image }) => image.meta.patchIndex)).toEqual([0, 1, 2, 0, 1, 2]);
    for (const { image, label, id } of all) {
      expect(image.shape).toEqual([1, 4, 3, 10]);
      expect(label.shape).toEqual(image.shape);
      expect(id).toBe("s1");
    }
    expect(spelledOut(await crops.at(4, { epoch: 2 }))).toEqual(spelledOut(all[4]));
    expect(crops.explain()).toMatch(/randCropByPosNegLabel.*random/s);
  });

  test("a crop never leaves the image, and around foreground has it in the middle where it fits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 6, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer(),
        async (n, size, seed) => {
          const options = { keys, labelKey: "label", spatialSize: size, pos: 1, neg: 0, numSamples: 4 } as const;
          const label = block([n, n, n], 3, 4);
          const crops = await Dataset.from([{ image: ramp([1, n, n, n]), label }], { seed })
            .pipe(randCropByPosNegLabel(options))
            .toArray();
          for (const { image, label: part } of crops) {
            expect(part.spatialShape).toEqual([size, size, size]);
            const middle = Math.floor(size / 2);
            const isInside = 3 - middle >= 0 && 3 - middle + size <= n;
            if (isInside) expect(part.get(0, middle, middle, middle)).toBe(1);
            expect(valuesOf(part)).toContain(1);
            for (const from of startOf(image, n)) expect(from).toBeLessThanOrEqual(n - size);
          }
        },
      ),
      { numRuns: runsOf(40) },
    );
  });

  test("10,000 draws have the odds of pos to neg, and are even over the voxels", async () => {
    const options = { keys, labelKey: "label", spatialSize: 1, pos: 3, neg: 1, numSamples: 10_000 } as const;
    const crops = await Dataset.from([scan()]).pipe(randCropByPosNegLabel(options)).toArray({ maxBytes: "8GiB" });
    const places = new Map<number, number>();
    for (const { image, label } of crops) {
      if (label.get(0, 0, 0, 0) === 1) {
        const place = image.get(0, 0, 0, 0) ?? -1;
        places.set(place, (places.get(place) ?? 0) + 1);
      }
    }
    const foreground = [...places.values()].reduce((sum, n) => sum + n, 0);
    expect(Math.abs(foreground / 10_000 - 0.75)).toBeLessThan(0.02);
    expect(places.size).toBe(8);
    for (const n of places.values()) expect(Math.abs(n - foreground / 8)).toBeLessThan(150);
  });

  test("without foreground or background the other is taken; without both it is an error that names the item", async () => {
    const one = (label: Volume, more = {}) =>
      Dataset.from([{ image: ramp([1, 6, 6, 6]), label }], { id: () => "case7" })
        .pipe(randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 2, ...more }))
        .toArray();
    expect((await one(block([6, 6, 6], 0, 0), { pos: 1, neg: 0 })).length).toBe(1);
    expect((await one(block([6, 6, 6], 0, 6), { pos: 0, neg: 1 })).length).toBe(1);
    const none = one(block([6, 6, 6], 0, 0), { imageKey: "image", imageThreshold: 1e9 });
    await expect(none).rejects.toMatchObject({
      code: "VOXRX_NO_VOXEL",
      item: "case7",
      operator: "randCropByPosNegLabel",
    });
    await expect(one(block([6, 6, 6], 0, 2), { spatialSize: 7 })).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
    });
    const smaller = await one(block([6, 6, 6], 0, 2), { spatialSize: [7, 3, 9], allowSmaller: true });
    expect(smaller[0]?.image.spatialShape).toEqual([6, 3, 6]);
    await expect(one(block([6, 6, 5], 0, 2))).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test("background counts only where the image is above the threshold", async () => {
    const options = {
      keys,
      labelKey: "label",
      spatialSize: 1,
      pos: 0,
      neg: 1,
      numSamples: 200,
      imageKey: "image",
    } as const;
    const crops = await Dataset.from([scan()])
      .pipe(randCropByPosNegLabel({ ...options, imageThreshold: 899 }))
      .toArray();
    for (const { image } of crops) expect(image.get(0, 0, 0, 0)).toBeGreaterThan(899);
  });

  test("of several channels the first is the background's", () => {
    const label = new Volume({ data: Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0), shape: [2, 2, 2], layout: "x-fastest" });
    expect(Array.from(binaryClasses(label).classes)).toEqual([0, 0, 1, 0]);
  });

  test("listed voxels give the same crops, from a cache too, and the compiler knows their fields", async () => {
    const scans = () => Dataset.from([scan(), scan()], { seed: 3 });
    const options = { keys, labelKey: "label", spatialSize: 3, numSamples: 5 } as const;
    const lists = { fgIndicesKey: "label_fg_indices", bgIndicesKey: "label_bg_indices" };
    const direct = scans().pipe(randCropByPosNegLabel(options));
    const listed = scans().pipe(
      fgBgToIndices({ keys: "label" }),
      cacheUntilRandom(),
      randCropByPosNegLabel({ ...options, ...lists }),
    );
    const values = async (crops: Dataset<{ image: Volume }>) =>
      (await crops.epoch(1).toArray()).map(({ image }) => spelledOut(image));
    expect(await values(listed)).toEqual(await values(direct));
    const [item] = await listed.toArray();
    expect(item?.label_fg_indices.length).toBe(8);
    expect(item?.label_bg_indices.length).toBe(992);
    expect(Array.from(item?.label_fg_indices ?? [])).toEqual([222, 223, 232, 233, 322, 323, 332, 333]);
  });

  test.each([
    [{ neg: 0 }, 0, "neg: 0: the label of an item has no foreground"],
    [{ pos: 0 }, 1, "pos: 0: the label of an item has no background"],
    [{ neg: 0 }, 1, undefined],
    [{ pos: 0 }, 0, undefined],
    [{}, 0, undefined],
    [{ pos: 3, neg: 2 }, 1, undefined],
  ])(
    "warns once with %j of labels that are all %j where it crops around what was not asked for",
    async (odds, value, words) => {
      const heard: Warning[] = [];
      const unsubscribe = onWarning((warning) => heard.push(warning));
      const label = new Volume({ data: new Uint8Array(64).fill(value), shape: [1, 4, 4, 4] });
      const item = { image: ramp([1, 4, 4, 4]), label };
      const crops = await Dataset.from([item, item])
        .pipe(randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 2, numSamples: 2, ...odds }))
        .toArray();
      unsubscribe();
      expect(crops.length).toBe(4);
      expect(heard).toEqual(
        words === undefined
          ? []
          : [expect.objectContaining({ code: "VOXRX_CLASS_ABSENT", message: expect.stringContaining(words) })],
      );
    },
  );

  test.each([
    [{ spatialSize: 0.5 }],
    [{ pos: 0, neg: 0 }],
    [{ pos: -1 }],
    [{ numSamples: 0 }],
    [{ fgIndicesKey: "a" }],
    [{ labelKey: undefined }],
  ])("wrong options fail when the pipeline is composed: %j", (wrong) => {
    const options = { keys, labelKey: "label", spatialSize: 2, ...wrong } as Parameters<
      typeof randCropByPosNegLabel
    >[0];
    expect(() => randCropByPosNegLabel(options)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });
});
