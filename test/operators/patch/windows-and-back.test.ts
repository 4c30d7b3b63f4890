import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type Tensor, Volume } from "voxrx";
import { batch, map, mapAsync, slidingWindow, stitch, unbatch } from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

const startsOf = (parts: readonly { readonly image: Volume }[]) =>
  parts.map(({ image }) => image.meta.patch).map((window) => Object(window).start);

describe("slidingWindow and stitch", () => {
  const anyCase = fc.record({
    shape: fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
      fc.tuple(fc.constant(1), ...[0, 1, 2].map(() => fc.integer({ min: 1, max: 7 }))),
    ),
    roiSize: fc.constantFrom<number | number[]>(3, 5, [2, -1, 4], [9, 2, 2], 1),
    overlap: fc.constantFrom(0, 0.25, 0.5, 0.9),
    mode: fc.constantFrom("constant", "gaussian"),
  });

  test("with an identity between them are the identity", async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ shape, ...given }) => {
        // A 2D image takes no third size.
        const roiSize = typeof given.roiSize === "number" ? given.roiSize : given.roiSize.slice(0, shape.length - 1);
        const options = { ...given, roiSize };
        const image = ramp(shape as number[], "float32", 5).withAffine([
          2, 0, 0, 7, 0, 0, 1, 8, 0, 3, 0, 9, 0, 0, 0, 1,
        ]);
        const [whole] = await Dataset.from([image.flip([0])])
          .pipe(slidingWindow(options), stitch())
          .toArray();
        expect([whole?.shape, Array.from(whole?.affine ?? [])]).toEqual([
          image.shape,
          Array.from(image.flip([0]).affine),
        ]);
        expect(whole?.meta).toEqual(image.meta);
        const expected = valuesOf(image.flip([0]));
        for (const [n, value] of valuesOf(whole ?? image).entries()) {
          expect(Math.abs(value - (expected[n] ?? Number.NaN))).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
        }
      }),
      { numRuns: 120 },
    );
  });

  const scans = () => [0, 100].map((start, id) => ({ image: ramp([1, 7, 6, 5], "float32", start), id }));
  const doubled = (volume: Volume) =>
    volume.withSamples({ data: Float32Array.from(valuesOf(volume), (x) => 2 * x), layout: "x-fastest" });

  test("carry a prediction made window by window, or in batches of tensors", async () => {
    const windows = Dataset.from(scans(), { id: ({ id }) => `scan${id}` }).pipe(
      slidingWindow({ keys: "image", roiSize: 4, mode: "gaussian" }),
    );
    const one = await windows
      .pipe(
        map(({ image, id }) => ({ image, id, pred: doubled(image) })),
        stitch({ keys: "pred" }),
        map((item, { id }) => ({ ...item, named: id })),
      )
      .toArray();
    const predict = async (image: Tensor): Promise<Tensor> => ({
      ...image,
      data: Float32Array.from(image.data, (x) => 2 * x),
    });
    const batched = await windows
      .pipe(
        batch(3),
        mapAsync(async ({ image, id }) => ({ image, id, pred: await predict(image) })),
        unbatch(),
        stitch({ keys: "pred", origKey: "image" }),
      )
      .toArray();
    expect(one.map(({ named }) => named)).toEqual(["scan0", "scan1"]);
    for (const [n, { image }] of scans().entries()) {
      for (const item of [one[n], batched[n]]) {
        expect([item?.pred.shape, item?.id]).toEqual([image.shape, n]);
        const expected = valuesOf(image);
        for (const [at, value] of valuesOf(item?.pred ?? image).entries())
          expect(value).toBeCloseTo(2 * (expected[at] ?? 0), 3);
      }
    }
  });

  test("weigh overlapping predictions by the Gaussian, and by 1", async () => {
    // Windows 0..3 and 2..5 of 6 voxels, predicted as 0 and 10: they overlap in voxels 2 and 3. Along y there is one voxel, of weight 1.
    const stitched = async (mode: "constant" | "gaussian") => {
      const [whole] = await Dataset.from([ramp([1, 6, 1])])
        .pipe(
          slidingWindow({ roiSize: [4, 1], overlap: 0.5, mode, sigmaScale: 0.25 }),
          map((part) => part.withSamples({ data: new Float32Array(4).fill(part.meta.patchIndex === 0 ? 0 : 10) })),
          stitch(),
        )
        .toArray();
      return valuesOf(whole ?? ramp([1, 1, 1]));
    };
    expect(await stitched("constant")).toEqual([0, 0, 5, 5, 10, 10]);
    const [inner, outer] = [Math.exp(-0.125), Math.exp(-1.125)];
    const weighed = await stitched("gaussian");
    const expected = [0, 0, (10 * outer) / (inner + outer), (10 * inner) / (inner + outer), 10, 10];
    for (const [n, value] of weighed.entries()) expect(value).toBeCloseTo(expected[n] ?? Number.NaN, 5);
  });

  test("agree with sums worked out in NumPy: padding, Gaussian weights with their floor, three windows over each other", async () => {
    // Padded to 5 x 6, windows from x = 0, 1 and 2; predicted is the value times 1, 2 or 3 by its place along x in the window.
    const [whole] = await Dataset.from([ramp([1, 5, 4])])
      .pipe(
        slidingWindow({ roiSize: [3, 6], overlap: 0.6, mode: "gaussian", cval: -4 }),
        map((part) =>
          part.withSamples({
            data: Float32Array.from(valuesOf(part), (value, n) => value * (1 + (n % 3))),
            layout: "x-fastest",
          }),
        ),
        stitch(),
      )
      .toArray();
    const expected = [
      [0, 1.972228, 4, 6.083317, 12],
      [5, 11.833367, 14, 16.222177, 27],
      [10, 21.694506, 24, 26.361038, 42],
      [15, 31.555645, 34, 36.499899, 57],
    ].flat();
    for (const [n, value] of valuesOf(whole ?? ramp([1, 1, 1])).entries()) {
      expect(Math.abs(value - (expected[n] ?? Number.NaN))).toBeLessThan(1e-5 * Math.max(1, value));
    }
  });

  test("take predictions that say nothing of their window, with other channels", async () => {
    const bare = ({ image }: { image: Volume }) =>
      new Volume({ data: new Float32Array(2 * image.size).fill(3), shape: [2, ...image.spatialShape] });
    const [item] = await Dataset.from([{ image: ramp([1, 5, 5, 5]) }])
      .pipe(
        slidingWindow({ keys: "image", roiSize: 3 }),
        map((part) => ({ ...part, pred: bare(part) })),
        stitch({ keys: "pred" }),
      )
      .toArray();
    expect([item?.pred.shape, new Set(valuesOf(item?.pred ?? ramp([1, 1, 1])))]).toEqual([[2, 5, 5, 5], new Set([3])]);
  });

  test("pad images smaller than a window on both sides, and cut the padding off again", async () => {
    const image = ramp([1, 3, 2, 5], "int16", 1);
    const parts = await Dataset.from([{ image }])
      .pipe(slidingWindow({ keys: "image", roiSize: [4, 4, 4], cval: -7 }))
      .toArray();
    expect(startsOf(parts)).toEqual([
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(parts[0]?.image.shape).toEqual([1, 4, 4, 4]);
    expect([parts[0]?.image.get(0, 0, 0, 0), parts[0]?.image.get(0, 0, 1, 0), parts[0]?.image.get(0, 3, 1, 0)]).toEqual(
      [-7, 1, -7],
    );
    const [whole] = await Dataset.from(parts)
      .pipe(stitch({ keys: "image" }))
      .toArray();
    expect(valuesOf(whole?.image ?? image)).toEqual(valuesOf(image));
  });

  test("composing does no work, and leaving early closes what is upstream", async () => {
    let [made, closed] = [0, 0];
    const source = Dataset.from(async function* () {
      try {
        for (const scan of scans()) {
          made++;
          yield scan;
        }
      } finally {
        closed++;
      }
    });
    const whole = source.pipe(slidingWindow({ keys: "image", roiSize: 4 }), stitch({ keys: "image" }));
    expect(whole.explain()).toContain("stitch");
    expect(made).toBe(0);
    for await (const _ of whole) break;
    expect([made, closed]).toEqual([1, 1]);
  });
});

test("windows that agree give exactly their value, in range or at its end", async () => {
  for (const value of [(n: number) => Math.sin(n) * 1e3, () => -3e38])
    for (const mode of ["constant", "gaussian"] as const)
      for (const layout of ["x-fastest", "z-fastest"] as const) {
        const image = ramp([2, 7, 6, 5]).withSamples({
          data: Float32Array.from({ length: 420 }, (_, n) => value(n)),
          layout: "x-fastest",
        });
        const [whole] = await Dataset.from([image])
          .pipe(
            slidingWindow({ roiSize: [4, -1, 9], overlap: 0.7, mode }),
            map((w) => w.toContiguous(layout)),
            stitch(),
          )
          .toArray();
        expect(valuesOf(whole ?? ramp([1, 1, 1]))).toEqual(valuesOf(image));
      }
});
