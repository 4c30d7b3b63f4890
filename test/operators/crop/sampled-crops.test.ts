import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset, originOf, Volume } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  fgBgToIndices,
  randCropByLabelClasses,
  randCropByPosNegLabel,
  randSpatialCropSamples,
  randWeightedCrop,
} from "voxrx/operators";
import { drawCentres } from "../../../operators/crop/rand-crop-by-pos-neg-label.ts";
import { binaryClasses, ClassCounts } from "../../../src/kernels/class-map.ts";
import { RandomState } from "../../../src/random/mt19937.ts";
import { boxAround } from "../../../src/volume/box-around.ts";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";

const keys = ["image", "label"] as const;

/** A label with a block of `value` from `start` to `end`. */
function block(shape: readonly number[], start: number, end: number, value = 1): Volume {
  const label = ramp([1, ...shape], "uint8");
  const { data } = label;
  data.fill(0);
  const [, ny = 1, nz = 1] = shape;
  for (let x = start; x < end; x++)
    for (let y = start; y < end; y++) for (let z = start; z < end; z++) data[z + nz * (y + ny * x)] = value;
  return label;
}

const scan = (n = 10) => ({ image: ramp([1, n, n, n]), label: block([n, n, n], 2, 4), id: "s1" });

/** Where a crop of a ramp begins: its first value is its place. */
function startOf(crop: Volume, n: number): number[] {
  const first = crop.get(0, 0, 0, 0) ?? Number.NaN;
  return [first % n, Math.floor(first / n) % n, Math.floor(first / (n * n))];
}

describe("randCropByPosNegLabel", () => {
  test("crops around the voxels that MONAI picks for the same draws", () => {
    const state = new RandomState(0);
    const draws = { next: () => state.random(), integer: (n: number) => state.interval(n - 1) };
    const counts = new ClassCounts(binaryClasses(block([10, 10, 10], 2, 4)), 2);
    const of = (own: number) => ({ count: counts.total(own), find: (n: number) => counts.find(own, n) });
    const centres = drawCentres(draws, [of(0), of(1)], 0.5, 4).map((centre) => {
      const { start } = boxAround(centre, 4, [10, 10, 10], false);
      return start.map((from) => from + 2);
    });
    expect(centres).toEqual([
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
      { numRuns: 40 },
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
      Dataset.from([{ image: ramp([1, 6, 6, 6]), label }], { key: () => "case7" })
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
    expect(Array.from(binaryClasses(label).classes)).toEqual([0, 1, 0, 0]);
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
    [{ spatialSize: 0 }],
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

describe("randCropByLabelClasses", () => {
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

describe("randWeightedCrop", () => {
  test("10,000 draws follow the weights among the places that a crop fits around", async () => {
    const weights = ramp([1, 6, 6, 6], "float32");
    weights.data.fill(0);
    const at = (x: number, y: number, z: number, w: number) => {
      weights.data[z + 6 * (y + 6 * x)] = w;
    };
    at(2, 2, 2, 1);
    at(3, 2, 2, 3);
    at(0, 0, 0, 100);
    const options = { keys: "image", wKey: "weights", spatialSize: 3, numSamples: 10_000 } as const;
    const crops = await Dataset.from([{ image: ramp([1, 6, 6, 6]), weights }])
      .pipe(randWeightedCrop(options))
      .toArray();
    const starts = crops.map(({ image }) => startOf(image, 6).join());
    expect(new Set(starts)).toEqual(new Set(["1,1,1", "2,1,1"]));
    expect(Math.abs(starts.filter((start) => start === "2,1,1").length - 7500)).toBeLessThan(200);
  });

  test("negative weights are raised; a map without weight, or not finite, is even", async () => {
    const places = async (fill: (i: number) => number) => {
      const weights = ramp([1, 4, 4, 4], "float32");
      for (let i = 0; i < 64; i++) weights.data[i] = fill(i);
      const options = { keys: "image", wKey: "weights", spatialSize: 1, numSamples: 600 } as const;
      const crops = await Dataset.from([{ image: ramp([1, 4, 4, 4]), weights }])
        .pipe(randWeightedCrop(options))
        .toArray();
      return new Set(crops.map(({ image }) => image.get(0, 0, 0, 0)));
    };
    expect((await places((i) => (i === 21 ? -1 : -2))).size).toBe(1);
    // MONAI's places: the last one on each axis is left out.
    for (const even of [0, Number.NaN, Number.POSITIVE_INFINITY]) expect((await places(() => even)).size).toBe(27);
  });

  test("draws what weights in any layout say", async () => {
    const image = ramp([1, 5, 6, 7]);
    const weights = ramp([1, 5, 6, 7], "float32", 1);
    const options = { keys: "image", wKey: "weights", spatialSize: 2, numSamples: 8 } as const;
    const run = (map: Volume) =>
      Dataset.from([{ image, weights: map }])
        .pipe(randWeightedCrop(options))
        .toArray();
    const plain = await run(weights);
    const turned = await run(weights.toContiguous("z-fastest"));
    expect(turned.map((one) => spelledOut(one.image))).toEqual(plain.map((one) => spelledOut(one.image)));
  });
});

describe("randSpatialCropSamples", () => {
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
