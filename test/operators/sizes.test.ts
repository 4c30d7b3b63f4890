import { describe, expect, test } from "vitest";
import { type Operator, Volume } from "voxrx";
import {
  affine,
  centerScaleCrop,
  centerSpatialCrop,
  cropForeground,
  divisiblePad,
  gaussianSharpen,
  gaussianSmooth,
  gridPatch,
  keepLargestConnectedComponent,
  medianSmooth,
  rand3DElastic,
  randAffine,
  randCoarseDropout,
  randCropByLabelClasses,
  randCropByPosNegLabel,
  randGridDistortion,
  randScaleCrop,
  randSpatialCrop,
  randSpatialCropSamples,
  randWeightedCrop,
  resize,
  resizeWithPadOrCrop,
  type SpacingOptions,
  slidingWindow,
  spacing,
  spatialCrop,
  spatialPad,
  spatialResample,
  zoom,
} from "voxrx/operators";
import { applied, firstOf, valuesAfter } from "../support/applied.ts";
import { ramp, valuesOf } from "../support/volumes.ts";

type Size = number | readonly (number | null)[];

/** One operator of each kind that takes a number for each axis, which no list of another length can be. */
const withNumbers: Record<string, (numbers: readonly number[]) => Operator<Volume, Volume>> = {
  gaussianSharpen: (sigma2) => gaussianSharpen({ sigma2 }),
  gaussianSmooth: (sigma) => gaussianSmooth({ sigma }),
  medianSmooth: (radius) => medianSmooth({ radius }),
  randGridDistortion: (numCells) => randGridDistortion({ prob: 1, numCells }),
  resize: (antiAliasingSigma) => resize({ spatialSize: 2, antiAliasing: true, antiAliasingSigma }),
  zoom: (factors) => zoom({ zoom: factors }),
};

/** One operator of each kind that takes a size, and how to make it. */
const withSize: Record<string, (size: Size) => Operator<Volume, Volume>> = {
  affine: (spatialSize) => affine({ spatialSize, mode: "nearest" }),
  centerSpatialCrop: (roiSize) => centerSpatialCrop({ roiSize }),
  gridPatch: (patchSize) => gridPatch({ patchSize }),
  rand3DElastic: (spatialSize) =>
    rand3DElastic({ spatialSize, prob: 1, sigmaRange: [1, 1], magnitudeRange: [0, 0], mode: "nearest" }),
  randAffine: (spatialSize) => randAffine({ spatialSize, prob: 0, mode: "nearest" }),
  randSpatialCrop: (roiSize) => randSpatialCrop({ roiSize, maxRoiSize: roiSize, randomSize: true }),
  randSpatialCropSamples: (roiSize) => randSpatialCropSamples({ roiSize, numSamples: 1 }),
  resize: (spatialSize) => resize({ spatialSize, mode: "nearest" }),
  resizeWithPadOrCrop: (spatialSize) => resizeWithPadOrCrop({ spatialSize }),
  slidingWindow: (roiSize) => slidingWindow({ roiSize }),
  spatialCrop: (roiSize) => spatialCrop({ roiCenter: [2, 1, 1], roiSize }),
  spatialPad: (spatialSize) => spatialPad({ spatialSize }),
  spatialResample: (spatialSize) => spatialResample({ spatialSize, mode: "nearest" }),
};

/** Crops of records that take a size. */
const cropsWithSize: Record<string, (spatialSize: Size) => Operator<Scan, Scan>> = {
  randCropByLabelClasses: (spatialSize) =>
    randCropByLabelClasses({ keys: ["image", "label"], labelKey: "label", spatialSize, numClasses: 2 }),
  randCropByPosNegLabel: (spatialSize) =>
    randCropByPosNegLabel({ keys: ["image", "label"], labelKey: "label", spatialSize }),
  randWeightedCrop: (spatialSize) => randWeightedCrop({ keys: ["image", "label"], wKey: "label", spatialSize }),
};

type Scan = { readonly image: Volume; readonly label: Volume };

const image = ramp([1, 4, 3, 2], "int16");
const sizes: readonly Size[] = [0, -1, -7, [0, -1, null], [null, null, null], [null], [4, 0], [-1, 3, null]];

/** spatialCrop takes as many sizes as its center has numbers. */
function isForThree(size: Size): boolean {
  return typeof size === "number" || size.length === 3;
}

describe("a size of 0, below 0, or null keeps the image's size on that axis", () => {
  for (const [name, make] of Object.entries(withSize)) {
    test(name, async () => {
      for (const size of name === "spatialCrop" ? sizes.filter(isForThree) : sizes) {
        const result = await applied(image, make(size));
        expect([size, result.spatialShape, valuesOf(result)]).toEqual([size, [4, 3, 2], valuesOf(image)]);
      }
    });
  }

  for (const [name, make] of Object.entries(cropsWithSize)) {
    test(name, async () => {
      const label = ramp([1, 4, 3, 2], "uint8").mapSamples((value) => value % 2);
      for (const size of sizes) {
        const result = await firstOf([{ image, label }], make(size));
        expect([size, valuesOf(result.image)]).toEqual([size, valuesOf(image)]);
      }
    });
  }

  test("a share or a divisor does too", async () => {
    for (const none of [0, -1, -0.5, [0, -1, null], [null]]) {
      expect((await applied(image, centerScaleCrop({ roiScale: none }))).spatialShape).toEqual([4, 3, 2]);
      expect((await applied(image, randScaleCrop({ roiScale: none }))).spatialShape).toEqual([4, 3, 2]);
    }
    expect((await applied(image, centerScaleCrop({ roiScale: [0.5, -1, null] }))).spatialShape).toEqual([2, 3, 2]);
    for (const none of [0, -1, [0, -1, null]]) {
      expect((await applied(image, divisiblePad({ k: none }))).spatialShape).toEqual([4, 3, 2]);
      expect((await applied(image, cropForeground({ kDivisible: none }))).spatialShape).toEqual([4, 3, 2]);
    }
    expect((await applied(image, divisiblePad({ k: [null, 2, 0] }))).spatialShape).toEqual([4, 4, 2]);
  });

  test("so does a voxel size; and a bound of null is none", async () => {
    const spaced = image.withAffine([0.8, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 1]);
    const sizesAfter = async (options: SpacingOptions) => (await applied(spaced, spacing(options))).spacing;
    expect(await sizesAfter({ pixdim: [null, 0, -1] })).toEqual(spaced.spacing);
    expect(await sizesAfter({ pixdim: [1, 1, 1, 5], minPixdim: [0.7, null], maxPixdim: [null, null, 2] })).toEqual([
      spaced.spacing[0],
      expect.closeTo(1),
      expect.closeTo(1),
    ]);
    expect(await sizesAfter({ pixdim: 0.5, maxPixdim: [null, 0.9, null, 7] })).toEqual([
      expect.closeTo(0.5),
      spaced.spacing[1],
      expect.closeTo(0.5),
    ]);
  });
});

describe("a size for an axis that the image does not have", () => {
  const flat = ramp([1, 4, 3], "int16");

  for (const [name, make] of Object.entries(withSize)) {
    if (name === "spatialCrop" || name === "rand3DElastic") continue;
    test(`is refused by ${name}, unless it asks for nothing`, async () => {
      await expect(applied(flat, make([2, 2, 2]))).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: name });
      for (const last of [1, 0, -1, null]) {
        expect((await applied(flat, make([-1, -1, last]))).spatialShape).toEqual([4, 3]);
      }
    });
  }

  test("is ignored by spatialCrop, as by MONAI", async () => {
    const [start, end] = [
      [1, 0, 0, 5],
      [3, 2, 9, 9],
    ];
    expect((await applied(flat, spatialCrop({ roiStart: start, roiEnd: end }))).spatialShape).toEqual([2, 2]);
    expect((await applied(image, spatialCrop({ roiStart: start, roiEnd: end }))).spatialShape).toEqual([2, 2, 2]);
    const around = spatialCrop({ roiCenter: [1, 1, 1, 1], roiSize: [2, 2, 1, 7] });
    expect((await applied(image, around)).spatialShape).toEqual([2, 2, 1]);
    expect((await applied(image, spatialCrop({ roiCenter: [1, 1, 1], roiSize: 1 }))).spatialShape).toEqual([1, 1, 1]);
  });
});

test("no component at all is kept with numComponents 0", async () => {
  const label = new Volume({ data: Uint8Array.of(1, 1, 0, 1, 2, 0), shape: [1, 6, 1], layout: "x-fastest" });
  expect(await valuesAfter(label, keepLargestConnectedComponent({ numComponents: 0 }))).toEqual([0, 0, 0, 0, 0, 0]);
  const one = keepLargestConnectedComponent({ numComponents: 0, appliedLabels: 1, independent: false });
  expect(await valuesAfter(label, one)).toEqual([0, 0, 0, 0, 2, 0]);
});

test("a box of the image's own size is one that covers it", async () => {
  const filled = randCoarseDropout({ holes: 1, spatialSize: [null, 0, -3], fillValue: 7, prob: 1 });
  expect(new Set(await valuesAfter(image, filled))).toEqual(new Set([7]));
});

test("a region without a voxel of the image says what to do", async () => {
  const outside = applied(image, spatialCrop({ roiStart: [9, 0, 0], roiEnd: [12, 3, 2] }));
  await expect(outside).rejects.toThrow(/onError|filter/);
  const blank = new Volume({ data: new Uint8Array(8), shape: [1, 2, 2, 2] });
  await expect(applied(blank, cropForeground())).rejects.toThrow(/onError|filter/);
});

test.each(Object.entries(withNumbers))("%s takes one number for each axis, and no other list", async (_, make) => {
  const [flat, solid] = [ramp([1, 6, 5], "float32"), ramp([1, 6, 5, 4], "float32")];
  expect((await applied(flat, make([1, 2]))).shape).toHaveLength(3);
  expect((await applied(solid, make([1, 2, 1]))).shape).toHaveLength(4);
  for (const [image, numbers] of [
    [flat, [1, 2, 1]],
    [flat, [1]],
    [solid, [1, 2]],
    [solid, [1]],
  ] as const) {
    const axes = image.spatialShape.length;
    const fault = `one number or ${axes} for an image of ${axes} axes, got ${numbers.length}`;
    await expect(applied(image, make(numbers))).rejects.toThrow(fault);
  }
});

test("padding beyond the largest float32 is kept, in float64", async () => {
  const padded = await applied(ramp([1, 2, 2], "float32"), spatialPad({ spatialSize: [3, 2], value: 1e39 }));
  expect([padded.dtype, padded.get(0, 2, 0)]).toEqual(["float64", 1e39]);
});
