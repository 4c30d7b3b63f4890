import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset, memoryStore, Volume } from "voxrx";
import { batch, cacheUntilRandom, flip, gridPatch } from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

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
    expect(valuesOf(await dataset.at(4))).toEqual([7, 7, 7, 7]);
    const parts = await dataset.toArray();
    expect(parts.length).toBe(6);
    const locations = [[0, 0], [0, 2], [2, 0], [0, 0], null, null];
    expect(parts.map(({ meta }) => meta.location)).toEqual(locations);
    expect(valuesOf(parts[4] ?? ramp([1, 1, 1]))).toEqual([7, 7, 7, 7]);
    expect(parts.map(({ meta }) => meta.patchIndex)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test("steps as Python rounds: halves to the even number, and at least by one voxel", async () => {
    const starts = async (size: number, overlap: number) =>
      (
        await Dataset.from([ramp([1, 12, 1])])
          .pipe(gridPatch({ patchSize: [size, 1], overlap }))
          .toArray()
      ).map(({ meta }) => Object(meta.location)[0]);
    expect(await starts(5, 0.5)).toEqual([0, 2, 4, 6]);
    expect(await starts(7, 0.5)).toEqual([0, 4]);
    expect(await starts(10, 0.99)).toEqual([0, 1, 2]);
  });

  test("keeps an axis whole that is shorter than a patch, or pads it where there is padding", async () => {
    const shapes = async (padMode?: "constant") =>
      (
        await Dataset.from([ramp([1, 3, 5])])
          .pipe(gridPatch({ patchSize: 4, ...(padMode ? { padMode } : {}) }))
          .toArray()
      ).map(({ shape }) => shape);
    expect(await shapes()).toEqual([[1, 3, 4]]);
    expect(await shapes("constant")).toEqual([
      [1, 4, 4],
      [1, 4, 4],
    ]);
  });

  test("fills up with a value that the element type cannot hold as float32, and never without a bound", async () => {
    const images = Dataset.from([ramp([1, 2, 2], "uint8")]);
    const parts = await images.pipe(gridPatch({ patchSize: 2, numPatches: 2, value: -1 })).toArray();
    expect(parts.map(({ dtype }) => dtype)).toEqual(["uint8", "float32"]);
    expect(valuesOf(parts[1] ?? ramp([1, 1, 1]))).toEqual([-1, -1, -1, -1]);
    const huge = images.pipe(gridPatch({ patchSize: 2 ** 20, padMode: "constant" }));
    await expect(huge.toArray()).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", operator: "gridPatch" });
  });

  test("makes patches one at a time, however many there are", async () => {
    const image = new Volume({ data: new Uint8Array(160 ** 3), shape: [1, 160, 160, 160] });
    for await (const part of Dataset.from([image]).pipe(gridPatch({ patchSize: 1, padMode: "edge" }))) {
      expect(part.shape).toEqual([1, 1, 1, 1]);
      break;
    }
  });

  test("cuts fields alike, refuses fields of different shapes, and passes items without them", async () => {
    const image = ramp([1, 4, 4]);
    const cut = (item: { readonly image: Volume; readonly label: Volume }) =>
      Dataset.from([item])
        .pipe(gridPatch({ keys: ["image", "label"], patchSize: 2 }), batch(4))
        .toArray();
    const [batched] = await cut({ image, label: image.flip([0]) });
    expect([batched?.image.shape, batched?.label.shape]).toEqual([
      [4, 1, 2, 2],
      [4, 1, 2, 2],
    ]);
    await expect(cut({ image, label: ramp([1, 4, 5]) })).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test.each([
    { patchSize: 2, overlap: 1 },
    { patchSize: 2.5 },
    { patchSize: 2, startPos: [-1] },
    { patchSize: 2, numPatches: 0 },
  ])("refuses %j when it is composed", (options) => {
    expect(() => gridPatch(options)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });

  test("an image that no patch fits into is an error, even where patches are filled up", async () => {
    for (const options of [
      { patchSize: 2, startPos: [0, 0, 4] },
      { patchSize: 2, startPos: [2], numPatches: 3 },
      { patchSize: 2, startPos: [0, 9], padMode: "constant" },
    ] as const)
      await expect(
        Dataset.from([image()], { id: () => "far" })
          .pipe(gridPatch(options))
          .toArray(),
      ).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", item: "far", operator: "gridPatch" });
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
