import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { type Checkpoint, Dataset, type TypedArray, Volume } from "voxrx";
import * as op from "voxrx/operators";

const scan = (data: TypedArray) => ({ image: new Volume({ data, shape: [1, 2, 2, 1] }), name: "scan" });
const scans = (count = 5) =>
  Dataset.from(Array.from({ length: count }, (_, n) => scan(Float32Array.of(n, n + 1, n + 2, n + 3))));
const batches = (count = 5) => scans(count).pipe(op.batch(2));
const lent = (count = 5) => batches(count).pipe(op.toTfjs(tf));

const failure = (work: Promise<unknown>) =>
  work.then(
    () => "nothing was thrown",
    (error: unknown) => error,
  );
const ignore = () => {};

// Other files of tests share the module, and what they hold is not counted here.
let before = 0;
const held = () => tf.memory().numTensors - before;

beforeAll(() => tf.setBackend("cpu"));
beforeEach(() => {
  before = tf.memory().numTensors;
});

describe("toTfjs", () => {
  test("gives tensors of the same shape and values, in nested records and lists too; other fields stay", async () => {
    const items = Dataset.from([
      { deep: { list: [scan(Int16Array.of(1, -2, 3, 4)).image.toTensor()] }, when: new Date(0), name: "a" },
    ]);
    for await (const item of items.pipe(op.toTfjs(tf))) {
      expectTypeOf(item).toEqualTypeOf<{ deep: { list: tf.Tensor[] }; when: Date; name: string }>();
      const [tensor] = item.deep.list;
      expect([tensor?.shape, tensor?.dtype, [...(tensor?.dataSync() ?? [])]]).toEqual([
        [1, 2, 2, 1],
        "int32",
        [1, -2, 3, 4],
      ]);
      expect([item.name, item.when]).toEqual(["a", new Date(0)]);
    }
  });

  test.each([Float32Array, Int32Array])("the cpu backend computes on the memory of a %o", async (Type) => {
    const tensor = scan(Type.of(1, 2, 3, 4)).image.toTensor({ layout: "NCXYZ" });
    for await (const { image } of Dataset.from([{ image: tensor }]).pipe(op.toTfjs(tf))) {
      expect(image.dataSync().buffer).toBe(tensor.data.buffer);
    }
  });

  test.each([
    [Uint8Array.of(0, 255), "int32"],
    [Int8Array.of(-128, 127), "int32"],
    [Uint16Array.of(0, 65_535), "int32"],
    [Int16Array.of(-32_768, 32_767), "int32"],
    [Uint32Array.of(0, 2 ** 31 - 1), "int32"],
    [Int32Array.of(-(2 ** 31), 2 ** 31 - 1), "int32"],
    [Float32Array.of(1e-40, 3e38), "float32"],
  ])("holds every value of %o", async (data, dtype) => {
    const items = Dataset.from([new Volume({ data, shape: [1, 2, 1] }).toTensor()]);
    for await (const tensor of items.pipe(op.toTfjs(tf))) {
      expect([tensor.dtype, [...tensor.dataSync()]]).toEqual([dtype, [...data]]);
    }
  });

  test("refuses what TensorFlow.js can't hold, and disposes what it had made of the item", async () => {
    const ones = scan(Float32Array.of(1, 1, 1, 1)).image.toTensor();
    const first = async (bad: unknown) => {
      for await (const _ of Dataset.from([{ good: ones, bad }]).pipe(op.toTfjs(tf))) break;
    };
    const float64 = await failure(first(scan(Float64Array.of(1, 2, 3, 0.1)).image.toTensor()));
    expect(float64).toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "toTfjs", item: "0" });
    expect(String(float64)).toContain('field "bad" is float64');
    const wide = await failure(first(scan(Uint32Array.of(1, 2, 3, 2 ** 31)).image.toTensor()));
    expect(wide).toMatchObject({ code: "VOXRX_VALUE_RANGE" });
    expect(String(wide)).toContain("2147483648");
    const volume = await failure(first({ a: [scan(Uint8Array.of(1, 2, 3, 4)).image] }));
    expect(String(volume)).toContain('field "bad.a[0]" is a Volume');
    expect(held()).toBe(0);
  });

  test("an item that fails can be skipped", async () => {
    const items = [Float32Array.of(1), Float64Array.of(2), Float32Array.of(3)].map((data) =>
      new Volume({ data, shape: [1, 1, 1] }).toTensor(),
    );
    const sums: number[] = [];
    const run = Dataset.from(items).pipe(op.toTfjs(tf), op.onError({ skip: true, onSkip: () => undefined }));
    for await (const tensor of run) sums.push(...tensor.dataSync());
    expect(sums).toEqual([1, 3]);
  });

  test("refuses something that is not the module", () => {
    // @ts-expect-error: no module
    expect(() => op.toTfjs({})).toThrow('tf: expected the module: import * as tf from "@tensorflow/tfjs"');
  });
});

describe("tensors of toTfjs are disposed", () => {
  test("when the next item is requested, and at the end", async () => {
    const seen: tf.Tensor[] = [];
    for await (const { image } of lent()) {
      expect(seen.every(({ isDisposed }) => isDisposed)).toBe(true);
      expect(image.isDisposed).toBe(false);
      expect(held()).toBe(1);
      seen.push(image);
    }
    expect(seen).toHaveLength(3);
    expect(held()).toBe(0);
  });

  test("after a break, an error of the consumer and an abort", async () => {
    for await (const _ of lent()) break;
    expect(held()).toBe(0);
    await failure(
      lent().forEach(() => {
        throw new Error("out of memory");
      }),
    );
    expect(held()).toBe(0);
    const aborting = new AbortController();
    const run = lent().iterate({ signal: aborting.signal });
    await run.next();
    expect(held()).toBe(1);
    aborting.abort();
    expect(held()).toBe(0);
    await failure(run.next());
  });

  test("when an item after it fails, and when the run is closed while the next item is on its way", async () => {
    const failing = scans(3).pipe(
      op.map((item, { index }) => {
        if (index === 2) throw new Error("damaged");
        return item;
      }),
      op.batch(1),
      op.toTfjs(tf),
    );
    await failure(failing.forEach(ignore));
    expect(held()).toBe(0);

    const { late, arrive } = lateBatches(1);
    const run = late.iterate();
    await run.next();
    const pending = run.next();
    await run.return();
    arrive();
    expect(await pending).toEqual({ done: true, value: undefined });
    await new Promise((resolve) => setImmediate(resolve));
    expect(held()).toBe(0);
  });

  test("when a batch is completed after the run was closed", async () => {
    const { late, arrive } = lateBatches(2);
    const run = late.iterate();
    const pending = run.next();
    await new Promise((resolve) => setImmediate(resolve));
    await run.return();
    arrive();
    await pending;
    await new Promise((resolve) => setImmediate(resolve));
    expect(held()).toBe(0);
  });

  test("for subscribers, after each call, at the end, and when they unsubscribe", async () => {
    const counts: number[] = [];
    await new Promise<void>((resolve, reject) =>
      lent().subscribe({ next: () => counts.push(held()), complete: resolve, error: reject }),
    );
    expect([counts, held()]).toEqual([[1, 1, 1], 0]);
    await new Promise<void>((resolve) => {
      const subscription = lent().subscribe(() => {
        subscription.unsubscribe();
        resolve();
      });
    });
    expect(held()).toBe(0);
  });

  test("in every epoch of a run of several, and when a run continues from a checkpoint", async () => {
    let checkpoint: Checkpoint | undefined;
    const run = lent().epochs(0, 2).iterate();
    const sums: number[] = [];
    for await (const { image } of run) {
      sums.push(tf.tidy(() => tf.sum(image).dataSync()[0] ?? 0));
      expect(held()).toBe(1);
      if (sums.length === 4) checkpoint = run.checkpoint();
    }
    expect(held()).toBe(0);
    const rest: number[] = [];
    for await (const { image } of lent().epochs(0, 2).iterate({ from: checkpoint })) {
      rest.push(tf.tidy(() => tf.sum(image).dataSync()[0] ?? 0));
    }
    expect(rest).toEqual(sums.slice(4));
    expect(held()).toBe(0);
  });

  test("with what may come after it", async () => {
    const dataset = lent().pipe(
      op.tap(({ image }) => expect(image.isDisposed).toBe(false)),
      op.map(({ image }) => ({ image, sum: tf.tidy(() => tf.sum(image).dataSync()[0]) })),
      op.filter(({ sum }) => sum !== undefined),
      op.progress({ quiet: true }),
    );
    const sums: unknown[] = [];
    for await (const { image, sum } of dataset) {
      expect(image.isDisposed).toBe(false);
      sums.push(sum);
    }
    expect(sums).toEqual([16, 32, 22]);
    expect(held()).toBe(0);
  });

  test("unless the consumer did so, or asked for one item alone", async () => {
    for await (const { image } of lent()) image.dispose();
    const dataset = lent();
    const alone = [await dataset.at(1), await dataset.peek(), await dataset.epoch(0).peek()];
    for (const item of alone) {
      expect(item?.image.isDisposed).toBe(false);
      item?.image.dispose();
    }
    const tensor = scan(Float32Array.of(1, 2, 3, 4)).image.toTensor();
    const again = await Dataset.from([tensor], { id: () => "one" })
      .pipe(op.toTfjs(tf))
      .replay<tf.Tensor>("one");
    expect(again.isDisposed).toBe(false);
    again.dispose();
    const one = Dataset.from([tensor], { id: () => "one" }).pipe(op.toTfjs(tf));
    await one.why("one");
    expect(held()).toBe(0);
  });

  test("by the consumer, with { dispose: false }, which may then hold them", async () => {
    const dataset = batches().pipe(op.toTfjs(tf, { dispose: false }), op.prefetch(2));
    const all = await dataset.share().toArray();
    expect(all.map(({ image }) => image.isDisposed)).toEqual([false, false, false]);
    for (const { image } of all) image.dispose();
    expect(held()).toBe(0);
  });
});

describe("what would hold items of toTfjs is refused when it is composed", () => {
  test.each<[string, () => unknown]>([
    ["prefetch", () => lent().pipe(op.prefetch(2))],
    ["prefetch", () => lent().epoch(0).pipe(op.prefetch(2))],
    ["shuffle", () => lent().pipe(op.shuffle())],
    ["batch", () => lent().pipe(op.batch({ size: 2, collate: "list" }))],
    ["take", () => lent().pipe(op.take(2))],
    ["skip", () => lent().pipe(op.skip(2))],
    ["subset", () => lent().pipe(op.subset([0]))],
    ["repeat", () => lent().pipe(op.repeat(2))],
    ["mapAsync", () => lent().pipe(op.mapAsync(async (item) => item, { concurrency: 2 }))],
    ["parallel", () => lent().pipe(op.parallel(2))],
    ["zip", () => op.zip(batches(), lent())],
    ["concat", () => op.concat(lent(), lent())],
    ["share", () => lent().share()],
    [
      "share",
      () =>
        lent()
          .pipe(op.progress({ quiet: true }))
          .epochs(0, 2)
          .share(),
    ],
    ["rxjs(map)", () => lent().pipe(op.rxjs((source) => source, { name: "map" }))],
  ])("%s", (operator, compose) => {
    expect(compose).toThrow(expect.objectContaining({ code: "VOXRX_ITEM_LENT", operator }));
    expect(compose).toThrow("toTfjs");
  });

  test("toArray and headroom", async () => {
    expect(await failure(lent().toArray())).toMatchObject({ code: "VOXRX_ITEM_LENT", operator: "toArray" });
    expect(await failure(lent().headroom(ignore))).toMatchObject({ code: "VOXRX_ITEM_LENT" });
  });
});

/** Two scans in batches, of which the second one comes when it is told to. */
function lateBatches(size: number) {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const late = scans(2).pipe(
    op.mapAsync(async (item, { index }) => {
      if (index === 1) await arrived;
      return item;
    }),
    op.batch(size),
    op.toTfjs(tf),
  );
  return { late, arrive };
}
