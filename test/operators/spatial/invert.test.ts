import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type IndexedOperator, type Operator, Volume } from "voxrx";
import {
  affine,
  borderPad,
  centerScaleCrop,
  centerSpatialCrop,
  cropForeground,
  divisiblePad,
  flip,
  invert,
  orientation,
  rand3DElastic,
  randAffine,
  randAxisFlip,
  randFlip,
  randGridDistortion,
  randRotate,
  randRotate90,
  randScaleCrop,
  randSpatialCrop,
  randZoom,
  resize,
  resizeWithPadOrCrop,
  rotate,
  rotate90,
  spacing,
  spatialCrop,
  spatialPad,
  spatialResample,
  zoom,
} from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

type Pair = { readonly image: Volume; readonly pred: Volume };
type Step = IndexedOperator<Pair, Pair>;

const keys = ["image", "pred"] as const;
const world = [-1.2, 0.1, 0, 30, 0.1, 1.1, 0, -20, 0, 0, 1.5, 5, 0, 0, 0, 1];

/** A smooth image and, as its prediction, itself. */
function pair(): Pair {
  const data = Float32Array.from({ length: 16 * 14 * 12 }, (_, n) => {
    const [x, y, z] = [n % 16, Math.floor(n / 16) % 14, Math.floor(n / 224)];
    return 50 + 20 * Math.sin(x / 6) + 15 * Math.cos(y / 7) + 2 * z;
  });
  const image = new Volume({ data, shape: [1, 16, 14, 12], layout: "x-fastest", affine: world });
  return { image, pred: image };
}

/** Applies steps, and undoes them on the prediction. */
async function thereAndBack(steps: readonly Step[], mode: "nearest" | "bilinear", item = pair()): Promise<Volume> {
  let dataset: Dataset<Pair> = Dataset.from([item], { seed: 11 });
  for (const step of steps) dataset = dataset.pipe(step);
  const [done] = await dataset.pipe(invert({ keys: "pred", origKey: "image", mode })).toArray();
  if (!done) throw new Error("nothing came out");
  return done.pred;
}

/** Steps that move voxels and lose none: undone exactly. */
const lossless: (() => Step)[] = [
  () => flip({ keys, spatialAxis: [0, 2] }),
  () => orientation({ keys, axcodes: "ASR" }),
  () => rotate90({ keys, k: 3, spatialAxes: [0, 2] }),
  () => spatialPad({ keys, spatialSize: [20, 17, 12] }),
  () => borderPad({ keys, spatialBorder: [1, 0, 2] }),
  () => divisiblePad({ keys, k: 5 }),
  () => randFlip({ keys, prob: 0.5 }),
  () => randAxisFlip({ keys, prob: 0.5 }),
  () => randRotate90({ keys, prob: 0.5 }),
];

/** Steps that leave some of the image out. */
const cropping: (() => Step)[] = [
  () => spatialCrop({ keys, roiStart: [2, 1, 3], roiEnd: [13, 12, 11] }),
  () => centerSpatialCrop({ keys, roiSize: [12, 11, 9] }),
  () => centerScaleCrop({ keys, roiScale: 0.8 }),
  () => resizeWithPadOrCrop({ keys, spatialSize: [18, 10, 12] }),
  () => cropForeground({ keys, sourceKey: "image", threshold: 40 }),
  () => randSpatialCrop({ keys, roiSize: [12, 11, 9] }),
  () => randScaleCrop({ keys, roiScale: 0.8 }),
];

/** Steps that resample. */
const resampling: (() => Step)[] = [
  () => spacing({ keys, pixdim: 1 }),
  () => spacing({ keys, pixdim: 1.4, diagonal: true }),
  () => spatialResample({ keys, spatialSize: [20, 20, 20] }),
  () => resize({ keys, spatialSize: [20, 18, 15], mode: "trilinear" }),
  () => zoom({ keys, zoom: 1.2, mode: "trilinear" }),
  () => rotate({ keys, angle: [0.1, 0.2, -0.1] }),
  () => affine({ keys, rotateParams: [0.1, 0, 0.1], translateParams: [0.5, 1], paddingMode: "border" }),
  () => randRotate({ keys, prob: 1, rangeX: 0.2 }),
  () => randZoom({ keys, prob: 1, mode: "trilinear" }),
  () => randAffine({ keys, prob: 1, scaleRange: 0.1, paddingMode: "border" }),
];

describe("invert", () => {
  test("undoes what loses no voxel exactly, one after the other, with labels of their own type", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...lossless), { minLength: 1, maxLength: 5 }), async (makers) => {
        const image = ramp([2, 6, 5, 4], "int16", -30).withAffine(world);
        const back = await thereAndBack(
          makers.map((make) => make()),
          "nearest",
          { image, pred: image },
        );
        expect([back.shape, back.dtype, Array.from(back.affine)]).toEqual([image.shape, "int16", world]);
        expect(valuesOf(back)).toEqual(valuesOf(image));
        expect(back.meta.applied).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("puts back what crops kept, and zeros where they kept nothing", async () => {
    for (const make of cropping) {
      const back = await thereAndBack([make(), flip({ keys })], "nearest");
      const before = pair().image;
      expect([back.shape, Array.from(back.affine)]).toEqual([before.shape, world]);
      const values = valuesOf(before);
      const kept = valuesOf(back).filter((value, n) => {
        expect([0, values[n]]).toContain(value);
        return value !== 0;
      });
      expect(kept.length).toBeGreaterThan(values.length / 5);
    }
  });

  test("restores grid exactly and samples within interpolation's error behind every resampling", async () => {
    for (const make of resampling) {
      const back = await thereAndBack([make(), randFlip({ keys, prob: 0.5 })], "bilinear");
      const before = pair().image;
      expect([back.shape, Array.from(back.affine)]).toEqual([before.shape, world]);
      for (let x = 5; x < 11; x++)
        for (let y = 5; y < 9; y++)
          for (let z = 4; z < 8; z++) {
            expect(Math.abs((back.get(0, x, y, z) ?? Number.NaN) - (before.get(0, x, y, z) ?? 0))).toBeLessThan(1.5);
          }
    }
  });

  test("gives a prediction without affine the image's place, and keeps its channels", async () => {
    const { image } = pair();
    const run = Dataset.from([{ image }]).pipe(orientation({ keys: "image", axcodes: "RPI" }));
    const [seen] = await run.toArray();
    const label = new Volume({
      data: new Uint8Array((seen?.image.size ?? 0) * 3).fill(2),
      shape: [3, ...(seen?.image.spatialShape ?? [])],
      layout: "x-fastest",
    });
    const [item] = await Dataset.from([{ image: seen?.image ?? image, pred: label }])
      .pipe(invert({ keys: "pred", origKey: "image" }))
      .toArray();
    expect(item?.pred.shape).toEqual([3, 16, 14, 12]);
    expect(Array.from(item?.pred.affine ?? [])).toEqual(world);
    expect([item?.pred.dtype, valuesOf(item?.pred ?? image).every((value) => value === 2)]).toEqual(["uint8", true]);
  });

  test("leaves an image as it is that nothing was applied to", async () => {
    const back = await thereAndBack([], "nearest");
    expect(valuesOf(back)).toEqual(valuesOf(pair().image));
  });

  test("says what cannot be undone, and which shapes do not fit", async () => {
    const bending: Step[] = [
      rand3DElastic({ keys, prob: 1, sigmaRange: [2, 3], magnitudeRange: [1, 2] }),
      randGridDistortion({ keys, prob: 1 }),
    ];
    for (const step of bending) {
      await expect(thereAndBack([step], "nearest")).rejects.toMatchObject({
        code: "VOXRX_NOT_INVERTIBLE",
        operator: "invert",
      });
    }
    const half: Operator<Pair, Pair> = centerSpatialCrop({ keys: "pred", roiSize: 4 });
    const unfit = Dataset.from([pair()])
      .pipe(half, invert({ keys: "pred", origKey: "image" }))
      .toArray();
    await expect(unfit).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "invert" });
  });
});
