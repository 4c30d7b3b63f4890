import { threadId } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Dataset, memoryStore, Volume } from "voxrx";
import { itemOperator } from "voxrx/extend";
import * as op from "voxrx/operators";
import * as own from "../support/moving-operators.ts";
import { onThreads } from "../support/worker-program.ts";

const volumeOf = (n: number, shape: readonly number[] = [1, 6, 5, 4]) => {
  const size = shape.reduce((product, side) => product * side, 1);
  return new Volume({ data: Float32Array.from({ length: size }, (_, at) => n + at / 7), shape });
};
const scans = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `s${n}`, image: volumeOf(n) }));

/** An item with its samples as a list. */
const plain = (item: unknown): unknown =>
  item instanceof Volume
    ? { samples: [...item.samples], dtype: item.dtype, shape: item.shape, affine: [...item.affine], meta: item.meta }
    : typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]))
      : item;

describe("what parallel runs elsewhere", () => {
  test("are the transforms before it, back to a function, with users' operators whose module is named", async () => {
    const dataset = Dataset.from(scans(4), { seed: 3 }).pipe(
      own.noteThread({ field: "before" }),
      op.map((item) => ({ ...item })),
      op.gaussianSmooth({ keys: "image" }),
      own.noteThread({ field: "after" }),
      op.parallel(onThreads(2)),
    );
    for (const item of await dataset.toArray()) {
      expect(item).toMatchObject({ before: threadId });
      expect(item).not.toMatchObject({ after: threadId });
    }
    const lines = dataset.explain().split("\n");
    const moving = lines.filter((line) => line.includes("on worker threads")).map((line) => line.split(" ")[0]);
    expect(moving).toEqual(["gaussianSmooth", "noteThread"]);
    expect(lines.at(-1)).toMatch(/parallel.*what is before them stays on the main thread: map is a function/);
  });

  test("is nothing where the module of an operator is not named", async () => {
    const { program } = onThreads(1);
    const dataset = Dataset.from(scans(1)).pipe(own.noteThread({}), op.parallel({ workers: 1, program }));
    expect(await dataset.toArray()).toMatchObject([{ thread: threadId }]);
    expect(dataset.explain()).toContain("nothing moves: no given module exports noteThread in this version");
  });

  test("are not the views at their beginning: only the crop moves", async () => {
    const dataset = Dataset.from(scans(2)).pipe(
      op.randFlip({ keys: "image", prob: 0.5 }),
      op.spatialCrop({ keys: "image", roiStart: [0, 0, 0], roiEnd: [2, 2, 2] }),
      own.gain({ keys: "image", factor: 2 }),
      op.flip({ keys: "image" }),
      op.parallel(onThreads(1)),
    );
    const moving = dataset
      .explain()
      .split("\n")
      .filter((line) => line.includes("on worker threads"));
    expect(moving.map((line) => line.split(" ")[0])).toEqual(["gain", "flip"]);
    expect(dataset.explain()).toContain("stays on the main thread: spatialCrop copies nothing");
  });

  test("are choices among operators, and lazy groups", async () => {
    const made = (workers: number) =>
      Dataset.from(scans(6), { seed: 1 }).pipe(
        op.oneOf([op.flip({ keys: "image" }), own.randGain({ keys: "image", most: 3 })]),
        op.randomOrder([op.randFlip({ keys: "image", prob: 0.5 }), own.gain({ keys: "image", factor: 2 })]),
        op.lazy(op.rotate({ keys: "image", angle: 0.3 }), op.spatialPad({ keys: "image", spatialSize: [7, 7, 7] })),
        own.noteThread({}),
        op.parallel(onThreads(workers)),
        op.map(({ name, image }) => ({ name, image })),
      );
    expect(made(2).explain()).toContain("from is not a transform");
    expect((await made(2).toArray()).map(plain)).toEqual((await made(0).toArray()).map(plain));
  });

  test("is nothing where an operator of a user has another version, or works on more than the item", async () => {
    const other = itemOperator<object>()({
      name: "computedOn",
      version: 2,
      options: {},
      apply: () => ({ version: 2 }),
    });
    const dataset = Dataset.from([{}]).pipe(other({}), op.parallel(onThreads(1)));
    expect(await dataset.toArray()).toEqual([{ version: 2 }]);
    expect(dataset.explain()).toContain("nothing moves: no given module exports computedOn in this version");
    const saving = Dataset.from(scans(1)).pipe(op.save({ keys: "image", dir: "nowhere" }), op.parallel(onThreads(1)));
    expect(saving.explain()).toContain("nothing moves: save has effects beyond its item");
  });

  test("get the options as they were given, which are checked once", async () => {
    const dataset = Dataset.from([{}]).pipe(own.doubled({ times: 3 }), op.parallel(onThreads(1)));
    expect(await dataset.toArray()).toEqual([{ times: 6 }]);
  });

  test("leave out what a filter leaves out, after operators with an index", async () => {
    const odd = (item: { n: number }) => item.n % 2 === 1;
    const numbers = Dataset.from([0, 1, 2, 3].map((n) => ({ n })));
    for (const before of [numbers.pipe(op.take(4)), numbers.pipe(op.subset([0, 1, 2, 3]))]) {
      const dataset = before.pipe(op.filter(odd), own.noteThread({}), op.parallel(onThreads(2)));
      expect((await dataset.toArray()).map(({ n }) => n)).toEqual([1, 3]);
    }
  });

  test("is nothing with no workers", async () => {
    const dataset = Dataset.from(scans(1)).pipe(own.noteThread({}), op.parallel(onThreads(0)));
    expect(await dataset.toArray()).toMatchObject([{ thread: threadId }]);
    expect(dataset.explain()).toContain("everything runs on the main thread");
  });

  test("are the misses of a cache, and nothing of its hits", async () => {
    const store = memoryStore();
    const dataset = Dataset.from([{ id: 1 }, { id: 2 }, { id: 3 }]).pipe(
      own.computedOn({}),
      op.cacheUntilRandom({ store }),
      own.noteThread({}),
      op.parallel(onThreads(2)),
    );
    const first = await dataset.toArray();
    const second = await dataset.toArray();
    const threads = first.map((item) => ("computedOn" in item ? item.computedOn : undefined));
    expect(threads).not.toContain(threadId);
    expect(second.map((item) => ("computedOn" in item ? item.computedOn : undefined))).toEqual(threads);
    expect((await store.stats()).misses).toBe(3);
    expect(dataset.explain()).toContain("what the store lacks is computed on worker threads");
  });

  test("is done on the main thread for items that can't be sent there or back", async () => {
    const item = { odd: new Map([[1, 2]]) };
    const there = Dataset.from([item, { odd: 1 }]).pipe(own.noteThread({}), op.parallel(onThreads(1)));
    const [stays, moves] = await there.toArray();
    expect(stays).toMatchObject({ thread: threadId, odd: item.odd });
    expect(moves).not.toMatchObject({ thread: threadId });
    const drawn = Dataset.from(scans(2)).pipe(own.drawsFunction({ keys: "image" }), op.parallel(onThreads(1)));
    const added = (await drawn.toArray()).map(({ image }) => image.get(0, 0, 0, 0));
    expect(added).toEqual([1, 2]);
    const back = Dataset.from([{ n: 1 }]).pipe(own.makesInstance({}), op.parallel(onThreads(1)));
    expect(await back.toArray()).toEqual([{ n: 1, made: new Map([["a", 1]]) }]);
  });
});

test("no more items are pulled than are in work and may wait", async () => {
  const workers = 2;
  let pulled = 0;
  const source = Dataset.from(function* () {
    for (; pulled < 60; pulled++) yield { n: pulled };
  });
  let taken = 0;
  for await (const { n } of source.pipe(own.noteThread({}), op.parallel(onThreads(workers)))) {
    expect(n).toBe(taken++);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(pulled - taken).toBeLessThanOrEqual(2 * workers + 1);
  }
  expect(taken).toBe(60);
});

describe("memory", () => {
  test("leaves in ordinary buffers, and the input is left as it is", async () => {
    const given = scans(5);
    const before = given.map(plain);
    const dataset = Dataset.from(given).pipe(own.gain({ keys: "image", factor: 1.5 }), op.parallel(onThreads(2)));
    for (const { image } of await dataset.toArray()) expect(image.storage.buffer).toBeInstanceOf(ArrayBuffer);
    expect(given.map(plain)).toEqual(before);
    const [batch] = await dataset.pipe(op.batch(5)).toArray();
    expect(batch?.image.data.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test("is enough for an item that becomes a few large parts", async () => {
    const image = new Volume({ data: new Uint8Array(90 * 2 ** 20), shape: [1, 3, 1024, 30 * 1024] });
    const dataset = Dataset.from([{ image }]).pipe(
      op.gridPatch({ keys: "image", patchSize: [1, 1024, 30 * 1024] }),
      op.parallel(onThreads(1)),
    );
    expect((await dataset.toArray()).map((part) => part.image.shape)).toEqual(Array(3).fill([1, 1, 1024, 30 * 1024]));
  });

  test("is enough for many more items than are in work", async () => {
    const items = Array.from({ length: 60 }, (_, n) => ({ n, image: volumeOf(n, [1, 20, 20, 20]) }));
    const dataset = Dataset.from(items).pipe(
      own.halves({ keys: "image" }),
      own.gain({ keys: "image", factor: 2 }),
      op.parallel({ ...onThreads(2), maxBytes: "64KiB" }),
    );
    const held = await dataset.toArray();
    expect(held.map(({ n }) => n)).toEqual(items.flatMap(({ n }) => [n, n]));
    expect(held[100]?.image.get(0, 0, 0, 0)).toBe(100);
  });
});
