import { describe, expect, test } from "vitest";
import { Dataset, type Tensor, Volume } from "voxrx";
import { batch, filter, flip, map, onError, slidingWindow, stitch, take, unbatch } from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

const scans = (count = 2) =>
  Array.from({ length: count }, (_, id) => ({ image: ramp([1, 7, 6, 5], "float32", 100 * id), id }));

const windowsOf = (count = 2) =>
  Dataset.from(scans(count), { id: ({ id }) => `scan${id}` }).pipe(slidingWindow({ keys: "image", roiSize: 4 }));

describe("stitch", () => {
  test.each([
    ["missing", (n: number) => n !== 2],
    ["missing at the beginning", (n: number) => n !== 0],
    ["missing at the end", (n: number) => n !== 7],
  ] as const)("a window that is %s is an error that names the item", async (_, isKept) => {
    let n = 0;
    const run = windowsOf(1).pipe(
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
    await expect(stitched([...parts.slice(0, 1), ...parts.slice(2, 3), ...parts.slice(1, 2)])).rejects.toMatchObject({
      code: "VOXRX_BROKEN_WINDOWS",
      item: "0",
    });
    await expect(stitched([{ image: ramp([1, 4, 4, 4]), id: 0 }])).rejects.toMatchObject({
      code: "VOXRX_BROKEN_WINDOWS",
    });
    const small = parts.map((part) => ({ ...part, image: part.image.crop([0, 0, 0], [3, 4, 4]) }));
    await expect(stitched(small)).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "stitch" });
  });

  test("a window that was flipped and not flipped back is an error, and one flipped back is none", async () => {
    const spaces = [
      [2, 0, 0, 9, 0, -3, 0, 5, 0, 0, 1, 1, 0, 0, 0, 1],
      [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    ];
    for (const shape of [
      [1, 7, 6, 3],
      [2, 7, 3],
    ])
      for (const affine of spaces) {
        const windows = Dataset.from([ramp(shape).withAffine(affine)]).pipe(slidingWindow({ roiSize: 4 }));
        const turned = windows.pipe(flip({ spatialAxis: 0 }));
        await expect(turned.pipe(stitch()).toArray()).rejects.toMatchObject({
          code: "VOXRX_BROKEN_WINDOWS",
          message: expect.stringContaining("flipped"),
        });
        const [whole] = await turned.pipe(flip({ spatialAxis: 0 }), stitch()).toArray();
        expect(valuesOf(whole ?? ramp([1, 1, 1]))).toEqual(valuesOf(ramp(shape)));
        // A network's output made anew says nothing of where it lies, and is believed.
        const made = windows.pipe(
          map(
            (w) =>
              new Volume({ data: Float32Array.from(valuesOf(w)), shape: w.shape, layout: "x-fastest", meta: w.meta }),
          ),
        );
        expect(await made.pipe(stitch()).toArray()).toHaveLength(1);
      }
  });

  /** Which scans come out, and which failures are told, when windows are lost on their way. */
  const survivors = async (isKept: (scan: number, window: number) => boolean, fails: boolean) => {
    const told: (string | undefined)[] = [];
    const isLost = ({ image, id }: { image: Volume; id: number }) => !isKept(id, Number(image.meta.patchIndex));
    const windows = windowsOf(4);
    const lossy = fails
      ? windows.pipe(
          map((part) => {
            if (isLost(part)) throw new Error("out of memory");
            return part;
          }),
        )
      : windows.pipe(filter((part) => !isLost(part)));
    const whole = await lossy
      .pipe(stitch({ keys: "image" }), onError({ skip: true, maxItems: 100, onSkip: ({ item }) => told.push(item) }))
      .toArray();
    return { ids: whole.map(({ id }) => id), told };
  };

  test.each([0, 3, 7])(
    "goes on with the next item when window %i of one is missing, and says so once",
    async (lost) => {
      const { ids, told } = await survivors((scan, window) => scan !== 1 || window !== lost, false);
      expect([ids, told]).toEqual([[0, 2, 3], ["scan1"]]);
    },
  );

  test.each([0, 3, 7])("leaves out the item of which window %i failed before, which was said then", async (lost) => {
    const { ids, told } = await survivors((scan, window) => scan !== 1 || window !== lost, true);
    expect([ids, told]).toEqual([[0, 2, 3], [`scan1/${lost}`]]);
  });

  test("an item of which a window failed comes whole in the next epoch", async () => {
    const bad = new Set(["scan1/3"]);
    const told: (string | undefined)[] = [];
    const whole = await windowsOf(3)
      .pipe(
        map((part, { id }) => {
          if (bad.delete(id)) throw new Error("out of memory");
          return part;
        }),
      )
      .epochs(0, 2)
      .pipe(stitch({ keys: "image" }), onError({ skip: true, onSkip: ({ item }) => told.push(item) }))
      .toArray();
    expect([whole.map(({ id }) => id), told]).toEqual([[0, 2, 0, 1, 2], ["scan1/3"]]);
  });

  test("loses no item in silence, at the end of the stream either", async () => {
    expect(
      await survivors((scan, window) => scan < 3 && (scan !== 0 || window < 6) && (scan !== 1 || window > 1), false),
    ).toEqual({
      ids: [2],
      told: ["scan0", "scan1"],
    });
    expect(await survivors((scan, window) => scan !== 3 || window < 2, false)).toEqual({
      ids: [0, 1, 2],
      told: ["scan3"],
    });
    expect(await survivors((scan, window) => scan !== 3 || window !== 7, true)).toEqual({
      ids: [0, 1, 2],
      told: ["scan3/7"],
    });
  });

  test("takes meta.patch for a patch only if it is one", async () => {
    const grey = ramp([1, 4, 4]).withMeta({ patch: { level: 40, width: 400 } });
    const run = Dataset.from([{ image: grey }]).pipe(stitch({ keys: "image" }));
    await expect(run.toArray()).rejects.toMatchObject({ code: "VOXRX_BROKEN_WINDOWS" });
    const [part] = await windowsOf(1).toArray();
    const outside = { ...Object(part?.image.meta.patch), start: [6, 0, 0] };
    const moved = Dataset.from([{ image: part?.image.withMeta({ patch: outside }) ?? grey }]);
    await expect(moved.pipe(stitch({ keys: "image" })).toArray()).rejects.toMatchObject({
      code: "VOXRX_BROKEN_WINDOWS",
    });
  });

  test("refuses a window that says it starts before the last one along the first axis", async () => {
    const parts = await windowsOf(1).toArray();
    const restarted = parts.map((part, n) => {
      const patch = { ...Object(part.image.meta.patch), ...(n === 6 ? { start: [0, 2, 0] } : {}) };
      return {
        ...part,
        image: part.image.withMeta({ patch }).withAffine([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
      };
    });
    const run = Dataset.from(restarted).pipe(stitch({ keys: "image" }));
    await expect(run.toArray()).rejects.toMatchObject({ code: "VOXRX_BROKEN_WINDOWS", item: "scan0" });
  });

  test("refuses fields that say they are different windows", async () => {
    const parts = await windowsOf(1).toArray();
    const mixed = parts.map((part, n) => ({ ...part, pred: parts[(n + 1) % parts.length]?.image ?? part.image }));
    const run = Dataset.from(mixed).pipe(stitch({ keys: ["image", "pred"] }));
    await expect(run.toArray()).rejects.toMatchObject({ code: "VOXRX_BROKEN_WINDOWS", item: "scan0" });
  });

  test("refuses a whole that would be too large before it takes the memory", async () => {
    const image = new Volume({ data: new Uint8Array(1024 ** 2), shape: [1, 1024, 1024] });
    const run = Dataset.from([{ image }]).pipe(
      slidingWindow({ keys: "image", roiSize: 1 }),
      map(({ image: part }) => ({
        image: part,
        pred: new Volume({ data: new Uint8Array(1025), shape: [1025, 1, 1] }),
      })),
      stitch({ keys: "pred", origKey: "image" }),
    );
    await expect(run.toArray()).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", item: "0", operator: "stitch" });
  });

  test("lets items without its fields pass between the others, where they may be missing", async () => {
    type Item = { readonly id: number; readonly image: Volume };
    const without: Partial<Item> = { id: -1 };
    const items = Dataset.from([scans()[0], without, scans()[1]]) as Dataset<Item>;
    const options = { keys: "image", allowMissingKeys: true } as const;
    const whole = await items.pipe(slidingWindow({ ...options, roiSize: 4 }), stitch(options)).toArray();
    expect(whole.map(({ id, image }) => [id, image?.shape])).toEqual([
      [0, [1, 7, 6, 5]],
      [-1, undefined],
      [1, [1, 7, 6, 5]],
    ]);
  });

  test("never cuts a prediction of another size out of a tensor in silence", async () => {
    const larger = (image: Tensor): Tensor => ({
      ...image,
      shape: image.shape.map((n, axis) => (axis < 2 ? n : 2 * n)),
      data: new Float32Array(8 * image.data.length),
    });
    const run = windowsOf(1).pipe(
      batch(4),
      map(({ image }) => ({ image, pred: larger(image) })),
      unbatch(),
      stitch({ keys: "pred", origKey: "image" }),
    );
    await expect(run.toArray()).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "unbatch" });
  });
});

test("onError skips the last item if its windows were cut short", async () => {
  const failed: unknown[] = [];
  const onSkip = ({ item }: { item: string | undefined }) => failed.push(item);
  const cut = Dataset.from([ramp([1, 7, 7]), ramp([1, 7, 7])]).pipe(
    slidingWindow({ roiSize: 4 }),
    take(6),
    stitch(),
    onError({ skip: true, onSkip }),
  );
  expect([(await cut.toArray()).length, failed]).toEqual([1, ["1"]]);
});
