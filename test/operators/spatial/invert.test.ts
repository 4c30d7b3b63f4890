import fc from "fast-check";
import * as v from "valibot";
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
import { applyAffine } from "../../../src/volume/affine-matrix.ts";
import { indexMap } from "../../../src/volume/grid.ts";
import { sizeOfShape } from "../../../src/volume/strides.ts";
import { runsOf } from "../../support/long.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

type Pair = { readonly image: Volume; readonly pred: Volume };
type Step = IndexedOperator<Pair, Pair>;

const keys = ["image", "pred"] as const;
const recordedGrid = v.object({ shape: v.optional(v.array(v.number())), affine: v.optional(v.array(v.number())) });
const upright = [1, 0, 0, -3, 0, 1, 0, 4, 0, 0, 1, 0, 0, 0, 0, 1];
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

/** A spacing: its grid reaches from the center of the first voxel to within half a new voxel of the last one's. */
const respacing: fc.Arbitrary<() => Step> = fc
  .oneof(
    fc.array(fc.double({ min: 0.4, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }),
    fc.constantFrom(1.5, 2, 3, 0.75, 4),
  )
  .map((pixdim) => () => spacing({ keys, pixdim }));

/** Steps that keep the whole field of view, from outer edge to outer edge. */
const keepingView: fc.Arbitrary<() => Step> = fc.oneof(
  fc
    .array(fc.integer({ min: 1, max: 20 }), { minLength: 3, maxLength: 3 })
    .map((spatialSize) => () => resize({ keys, spatialSize, mode: "trilinear" })),
  fc
    .double({ min: 0.3, max: 2, noNaN: true })
    .map((by) => () => zoom({ keys, zoom: by, keepSize: false, mode: "trilinear" })),
  fc.constantFrom<() => Step>(
    () => flip({ keys, spatialAxis: 1 }),
    () => rotate90({ keys, spatialAxes: [0, 2] }),
    () => orientation({ keys, axcodes: "PSR" }),
  ),
);

/** A spacing or none, and such steps. */
const wholeView = fc
  .tuple(fc.array(respacing, { maxLength: 1 }), fc.array(keepingView, { maxLength: 3 }))
  .map((parts) => parts.flat());

/** Chains that leave some of the view out, or turn it. */
const partOfView: fc.Arbitrary<() => Step> = fc.oneof(
  fc.double({ min: 0.3, max: 1, noNaN: true }).map((roiScale) => () => centerScaleCrop({ keys, roiScale })),
  fc.constant(() => randSpatialCrop({ keys, roiSize: 3 })),
  fc.constant(() => spatialCrop({ keys, roiStart: [0, 0, 0], roiEnd: [4, 3, 2] })),
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
    .map((angle) => () => rotate({ keys, angle })),
  fc.constant(() => spatialPad({ keys, spatialSize: [9, -1, 12] })),
);

/** A prediction of ones, undone; and, for each voxel, how far it is outside of what every crop kept and the network saw. */
async function onesUndone(
  shape: readonly number[],
  affine: readonly number[],
  steps: readonly Step[],
  mode: "nearest" | "bilinear",
) {
  const image = new Volume({ data: new Uint8Array(sizeOfShape(shape)).fill(7), shape, layout: "x-fastest", affine });
  let dataset: Dataset<Pair> = Dataset.from([{ image, pred: image }], { seed: 5 });
  for (const step of steps) dataset = dataset.pipe(step);
  const [seen] = await dataset.toArray();
  if (!seen) throw new Error("nothing came out");
  const data = new Uint8Array(seen.image.size).fill(1);
  const pred = new Volume({ data, shape: seen.image.shape, layout: "x-fastest" });
  const [done] = await Dataset.from([{ image: seen.image, pred }])
    .pipe(invert({ keys: "pred", origKey: "image", mode }))
    .toArray();
  if (!done) throw new Error("nothing came out");
  const last = { shape: seen.image.spatialShape, affine: seen.image.affine };
  const grids = (seen.image.meta.applied ?? []).flatMap(({ name }, n, { [n + 1]: next }) => {
    const { shape = last.shape, affine: placed = last.affine } = v.parse(recordedGrid, next?.params ?? {});
    return /crop/i.test(name) ? [{ shape, affine: Float64Array.from(placed) }] : [];
  });
  const views = [...grids, last].map((grid) => ({
    grid,
    map: indexMap(grid, { shape: shape.slice(1), affine: image.affine }),
  }));
  const [nx = 1, ny = 1, nz = 1] = shape.slice(1);
  const outside: number[] = [];
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) {
        const beyond = views.flatMap(({ grid, map }) => {
          const position = applyAffine(map, [x, y, z]);
          return grid.shape.map((n, axis) => Math.max(-0.5 - (position[axis] ?? 0), (position[axis] ?? 0) - (n - 0.5)));
        });
        outside.push(Math.max(...beyond));
      }
  return { values: valuesOf(done.pred), outside, result: done.pred };
}

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
      { numRuns: runsOf(60) },
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

  test("leaves out what was predicted on padding where a crop took the image away", async () => {
    const crop = () => spatialCrop({ keys, roiStart: [1, 2, 0], roiEnd: [4, 5, 3] });
    const chains: Step[][] = [
      [crop(), spatialPad({ keys, spatialSize: 9 })],
      [crop(), flip({ keys }), rotate90({ keys, spatialAxes: [0, 2] }), borderPad({ keys, spatialBorder: 3 })],
      [crop(), resize({ keys, spatialSize: [6, 5, 7], mode: "trilinear" }), spatialPad({ keys, spatialSize: 16 })],
      [crop(), resizeWithPadOrCrop({ keys, spatialSize: 12 }), resize({ keys, spatialSize: 15, mode: "trilinear" })],
    ];
    for (const steps of chains) {
      for (const mode of ["nearest", "bilinear"] as const) {
        const { result } = await onesUndone([1, 6, 6, 5], upright, steps, mode);
        const inCrop = (_: unknown, n: number) => {
          const [x, y, z] = [Math.floor(n / 30), Math.floor(n / 5) % 6, n % 5];
          return x >= 1 && x < 4 && y >= 2 && y < 5 && z < 3 ? 1 : 0;
        };
        expect(Array.from(result.samples, (value) => Math.fround(value))).toEqual(Array.from({ length: 180 }, inCrop));
      }
    }
  });

  test("gives zeros if only padding was left for the network", async () => {
    const steps = [
      spatialPad({ keys, spatialSize: [8, -1, -1] }),
      spatialCrop({ keys, roiEnd: [2, 4, 4], roiStart: [0, 0, 0] }),
    ];
    const { result } = await onesUndone(
      [1, 4, 4, 4],
      upright,
      [...steps, spatialPad({ keys, spatialSize: 12 })],
      "nearest",
    );
    expect(Math.max(...result.samples)).toBe(0);
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

  test("gives every voxel that the network saw a value, in both modes, whatever the resolution", async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(shapes, wholeView, fc.constantFrom("nearest", "bilinear"), async (shape, makers, mode) => {
        const steps = makers.map((make) => make());
        const { values } = await onesUndone([1, ...shape], upright, steps, mode);
        expect(values.filter((value) => Math.abs(value - 1) > 1e-6)).toEqual([]);
      }),
      { numRuns: runsOf(100) },
    );
  });

  test("gives ones up to the outer edges of what the network saw and zeros beyond, cropped or turned", async () => {
    const shapes = fc.array(fc.integer({ min: 2, max: 11 }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(fc.oneof(respacing, keepingView, partOfView), { minLength: 1, maxLength: 4 }),
        fc.constantFrom("nearest", "bilinear"),
        fc.constantFrom(upright, world),
        async (shape, makers, mode, affine) => {
          const steps = makers.map((make) => make());
          const { values, outside } = await onesUndone([1, ...shape], affine, steps, mode);
          const wrong = values.filter((value, n) => {
            const far = outside[n] ?? 0;
            // One beyond the edge may still count as inside: by a few hundredths of a voxel of the coarsest grid, which
            // here has up to four of the image's.
            return (far < -0.01 || far > 0.15) && Math.abs(value - (far < 0 ? 1 : 0)) > 1e-6;
          });
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: runsOf(100) },
    );
  });

  test("gives ones up to the last plane after the spacings, sizes and factors that are common", async () => {
    const line = (n: number, size: number) => ({
      shape: [1, n, 4],
      affine: Float64Array.from(upright).fill(size, 0, 1),
    });
    const cases: [number, number, Step][] = [
      [8, 1, spacing({ keys, pixdim: [2, -1, -1] })],
      [512, 0.75, spacing({ keys, pixdim: [1.5, -1] })],
      [240, 1, spacing({ keys, pixdim: [1.5, -1] })],
      [154, 1.5, spacing({ keys, pixdim: [1, -1] })],
      [240, 1, resize({ keys, spatialSize: [96, -1] })],
      [8, 1, resize({ keys, spatialSize: [2, -1], mode: "nearest-exact" })],
      [10, 1, zoom({ keys, zoom: 0.6, keepSize: false })],
    ];
    for (const [n, size, step] of cases) {
      for (const mode of ["nearest", "bilinear"] as const) {
        const { shape, affine } = line(n, size);
        const { values } = await onesUndone(shape, Array.from(affine), [step], mode);
        expect(new Set(values)).toEqual(new Set([1]));
      }
    }
  });

  test("does not smear a prediction over what a crop left out, unless asked to", async () => {
    const steps = [spacing({ keys, pixdim: [2, -1] }), spatialCrop({ keys, roiStart: [2, 0], roiEnd: [4, 4] })];
    for (const mode of ["nearest", "bilinear"] as const) {
      const { values } = await onesUndone([1, 12, 1], upright, steps, mode);
      expect(values).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    }
    const image = ramp([1, 12, 1], "uint8", 1);
    const cut: Step = spatialCrop({ keys, roiStart: [5, 0], roiEnd: [7, 1] });
    const [smeared] = await Dataset.from([{ image, pred: image }])
      .pipe(cut, invert({ keys: "pred", origKey: "image", paddingMode: "border" }))
      .toArray();
    expect(smeared && valuesOf(smeared.pred)).toEqual([6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7]);
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
