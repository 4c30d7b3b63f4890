import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset, memoryStore, type Tensor, Volume } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  filter,
  flip,
  gridPatch,
  map,
  mapAsync,
  slidingWindow,
  stitch,
  unbatch,
} from "voxrx/operators";
import { axisWeights, leastWeight, windowStarts } from "../../../src/volume/windows.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

const startsOf = (parts: readonly { readonly image: Volume }[]) =>
  parts.map(({ image }) => image.meta.window).map((window) => Object(window).start);

describe("windows", () => {
  test("lie where MONAI puts them: steps of the overlap, the last one moved back inside", () => {
    expect(windowStarts([10], [4], 0.25)).toEqual([[0], [3], [6]]);
    expect(windowStarts([11], [4], 0.25)).toEqual([[0], [3], [6], [7]]);
    expect(windowStarts([4], [4], 0.5)).toEqual([[0]]);
    expect(windowStarts([5], [4], 0.99)).toEqual([[0], [1]]);
    expect(windowStarts([5, 4], [3, 3], 0)).toEqual([
      [0, 0],
      [0, 1],
      [2, 0],
      [2, 1],
    ]);
  });

  test("cover every voxel, lie inside, and come once", () => {
    const axis = fc.integer({ min: 1, max: 12 }).chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n })));
    fc.assert(
      fc.property(axis, axis, fc.double({ min: 0, max: 0.95, noNaN: true }), ([nx, rx], [ny, ry], overlap) => {
        const starts = windowStarts([nx, ny], [rx, ry], overlap);
        const covered = new Set<string>();
        for (const [x = 0, y = 0] of starts) {
          expect(x + rx <= nx && y + ry <= ny && x >= 0 && y >= 0).toBe(true);
          for (let i = x; i < x + rx; i++) for (let j = y; j < y + ry; j++) covered.add(`${i},${j}`);
        }
        expect(covered.size).toBe(nx * ny);
        expect(new Set(starts.map(String)).size).toBe(starts.length);
      }),
    );
  });

  test("weigh as MONAI's importance map: a Gaussian of the window's size, with a floor", () => {
    const weights = axisWeights(4, "gaussian", 0.25);
    const expected = [-1.5, -0.5, 0.5, 1.5].map((x) => Math.exp((-x * x) / 2));
    for (const [n, weight] of weights.entries()) expect(weight).toBeCloseTo(expected[n] ?? Number.NaN, 12);
    expect(leastWeight([weights])).toBeCloseTo(Math.exp(-1.125), 12);
    expect(leastWeight([axisWeights(8, "gaussian", 0.125), axisWeights(8, "gaussian", 0.125)])).toBe(1e-3);
    expect(Array.from(axisWeights(3, "constant", 1))).toEqual([1, 1, 1]);
  });
});

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
      fc.asyncProperty(anyCase, async ({ shape, ...options }) => {
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
  const doubled = (volume: Volume) => volume.withSamples({ data: Float32Array.from(valuesOf(volume), (x) => 2 * x) });

  test("carry a prediction made window by window, or in batches of tensors", async () => {
    const windows = Dataset.from(scans(), { key: ({ id }) => `scan${id}` }).pipe(
      slidingWindow({ keys: "image", roiSize: 4, mode: "gaussian" }),
    );
    const one = await windows
      .pipe(
        map(({ image, id }) => ({ image, id, pred: doubled(image) })),
        stitch({ keys: "pred" }),
        map((item, { key }) => ({ ...item, key })),
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
        stitch({ keys: "pred", of: "image" }),
      )
      .toArray();
    expect(one.map(({ key }) => key)).toEqual(["scan0", "scan1"]);
    for (const [n, { image }] of scans().entries()) {
      for (const item of [one[n], batched[n]]) {
        expect([item?.pred.shape, item?.id]).toEqual([image.shape, n]);
        const expected = valuesOf(image);
        for (const [at, value] of valuesOf(item?.pred ?? image).entries())
          expect(value).toBeCloseTo(2 * (expected[at] ?? 0), 3);
      }
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

  test.each([
    ["missing", (n: number) => n !== 2],
    ["missing at the beginning", (n: number) => n !== 0],
    ["missing at the end", (n: number) => n !== 7],
  ] as const)("a window that is %s is an error that names the item", async (_, isKept) => {
    let n = 0;
    const run = Dataset.from(scans().slice(0, 1), { key: () => "scan0" }).pipe(
      slidingWindow({ keys: "image", roiSize: 4 }),
      filter(() => isKept(n++)),
      stitch({ keys: "image" }),
    );
    await expect(run.toArray()).rejects.toMatchObject({
      code: "VOXRX_BROKEN_WINDOWS",
      item: "scan0",
      operator: "stitch",
    });
  });

  test("doubled, mixed or wrongly sized windows are errors too", async () => {
    const parts = await Dataset.from(scans())
      .pipe(slidingWindow({ keys: "image", roiSize: 4 }))
      .toArray();
    const stitched = (items: typeof parts) =>
      Dataset.from(items)
        .pipe(stitch({ keys: "image" }))
        .toArray();
    expect((await stitched(parts)).length).toBe(2);
    await expect(stitched([...parts.slice(0, 1), ...parts])).rejects.toMatchObject({ code: "VOXRX_BROKEN_WINDOWS" });
    await expect(stitched([...parts.slice(0, 3), ...parts.slice(8)])).rejects.toMatchObject({
      code: "VOXRX_BROKEN_WINDOWS",
    });
    await expect(stitched([{ image: ramp([1, 4, 4, 4]), id: 0 }])).rejects.toMatchObject({
      code: "VOXRX_BROKEN_WINDOWS",
    });
    const small = parts.map((part) => ({ ...part, image: part.image.crop([0, 0, 0], [3, 4, 4]) }));
    await expect(stitched(small)).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "stitch" });
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

describe("gridPatch", () => {
  const image = () => ramp([1, 3, 4, 4]);

  test("gives MONAI's patches, the last axis fastest, from the start that is asked for", async () => {
    const cut = async (startPos: number[]) => {
      const parts = await Dataset.from([image()])
        .pipe(gridPatch({ patchSize: [3, 2, 2], startPos }))
        .toArray();
      return parts.map((part) => Object(part.meta.applied?.at(-1)?.params));
    };
    const boxes = (await cut([])).map(({ start, end }) => [start, end]);
    expect(boxes).toEqual([
      [
        [0, 0, 0],
        [3, 2, 2],
      ],
      [
        [0, 0, 2],
        [3, 2, 4],
      ],
      [
        [0, 2, 0],
        [3, 4, 2],
      ],
      [
        [0, 2, 2],
        [3, 4, 4],
      ],
    ]);
    expect((await cut([0, 2, 2])).map(({ start }) => start)).toEqual([[0, 2, 2]]);
  });

  test("leaves out what does not fit, or pads it; overlaps; keeps places in the world", async () => {
    const count = async (options: Parameters<typeof gridPatch<never>>[0]) =>
      (
        await Dataset.from([ramp([1, 5, 4])])
          .pipe(gridPatch(options))
          .toArray()
      ).length;
    expect(await count({ patchSize: 2 })).toBe(4);
    expect(await count({ patchSize: 2, padMode: "constant" })).toBe(6);
    expect(await count({ patchSize: 2, overlap: 0.5 })).toBe(12);
    const parts = await Dataset.from([ramp([1, 5, 4])])
      .pipe(gridPatch({ patchSize: 2, padMode: "edge" }))
      .toArray();
    expect(parts.at(-1)?.affine[3]).toBe(4);
    expect(valuesOf(parts.at(-1) ?? ramp([1, 1, 1]))).toEqual([14, 14, 19, 19]);
  });

  test("with a number of patches keeps the index, cuts and fills up", async () => {
    const dataset = Dataset.from([ramp([1, 4, 4], "uint8"), ramp([1, 2, 2], "uint8", 9)]).pipe(
      gridPatch({ patchSize: 2, numPatches: 3, value: 7 }),
    );
    expect(dataset.stage.index).toBeDefined();
    const parts = await dataset.toArray();
    expect(parts.length).toBe(6);
    expect(valuesOf(parts[4] ?? ramp([1, 1, 1]))).toEqual([7, 7, 7, 7]);
    expect(parts.map(({ meta }) => meta.patchIndex)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("behind a cache gives each image its own patches, cold and warm, deterministic chain or not", async () => {
    for (const cacheNum of [1, 3]) {
      const images = [0, 100, 200].map((start) => ramp([1, 4, 4], "float32", start));
      const patches = Dataset.from(images).pipe(
        flip({ spatialAxis: 0 }),
        cacheUntilRandom({ store: memoryStore({ maxBytes: "1MB" }), cacheNum }),
        gridPatch({ patchSize: 2 }),
      );
      expect(patches).not.toBeInstanceOf(IndexedDataset);
      const run = async () =>
        (await patches.epoch(0).toArray()).map((part) => Math.floor((part.get(0, 0, 0) ?? -1) / 100));
      const cold = await run();
      expect(cold).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
      expect(await run()).toEqual(cold);
    }
  });
});
