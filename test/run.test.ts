import { expect, test } from "vitest";
import { Dataset, isVoxRxError } from "voxrx";
import { countingSource, turns } from "./support/counting.ts";

test("next() calls that overlap are answered in order", async () => {
  const { source } = countingSource({ length: 3, later: true });
  const run = source.iterate();
  const answered: string[] = [];
  const calls = [0, 1, 2, 3, 4].map(async (n) => {
    const { done, value } = await run.next();
    answered.push(`${n}: ${done ? "done" : value}`);
  });
  await Promise.all(calls);
  expect(answered).toEqual(["0: 0", "1: 1", "2: 2", "3: done", "4: done"]);
});

test("return() settles while a next() waits for a source that never answers, and the run is over", async () => {
  const { source, counts } = countingSource({ hangsAt: 0 });
  const run = source.iterate();
  const pending = run.next();
  await turns(2);
  expect(await run.return()).toEqual({ done: true, value: undefined });
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(counts).toEqual({ opened: 1, closed: 1, produced: 0 });
});

test("return() before the first next() opens nothing", async () => {
  const { source, counts } = countingSource();
  const run = source.iterate();
  await run.return();
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(counts.opened).toBe(0);
});

test("a signal that aborts rejects the one who waits at once, with its reason; the others are done", async () => {
  const { source, counts } = countingSource({ hangsAt: 0 });
  const controller = new AbortController();
  const run = source.iterate({ signal: controller.signal });
  const first = run.next();
  const second = run.next();
  await turns(2);
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(first).rejects.toBe(reason);
  expect(await second).toEqual({ done: true, value: undefined });
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(counts.closed).toBe(1);
});

test("a signal that aborts between two items is told to the next to ask, once", async () => {
  const { source, counts } = countingSource();
  const controller = new AbortController();
  const run = source.iterate({ signal: controller.signal });
  await run.next();
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(run.next()).rejects.toBe(reason);
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(counts.closed).toBe(1);
});

test("a signal that is already aborted opens nothing", async () => {
  const { source, counts } = countingSource();
  await expect(source.toArray({ signal: AbortSignal.abort("no") })).rejects.toBe("no");
  expect(counts.opened).toBe(0);
});

test("the end is told once the source has been closed", async () => {
  const told: string[] = [];
  const ds = Dataset.from(async function* () {
    try {
      yield 1;
    } finally {
      await turns(3);
      told.push("closed");
    }
  });
  for await (const item of ds) told.push(`item ${item}`);
  told.push("over");
  expect(told).toEqual(["item 1", "closed", "over"]);
});

test("an error is told once the source has been closed, and ends the run", async () => {
  const { source, counts } = countingSource({ throwsAt: 1 });
  const run = source.iterate();
  await run.next();
  const failing = run.next();
  const behind = run.next();
  await expect(failing).rejects.toThrow("source failed at 1");
  expect(counts.closed).toBe(1);
  expect(await behind).toEqual({ done: true, value: undefined });
  expect(await run.next()).toEqual({ done: true, value: undefined });
});

test("a source is closed once, however often and from wherever it is told to", async () => {
  let returns = 0;
  const ds = Dataset.from(() => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false as const, value: 1 }),
      return: async () => ({ done: true as const, value: ++returns }),
    }),
  }));
  const controller = new AbortController();
  const run = ds.iterate({ signal: controller.signal });
  await run.next();
  await Promise.all([run.return(), run.return(), run[Symbol.asyncDispose]()]);
  controller.abort();
  expect(returns).toBe(1);
});

test("an iterator that ended by itself or threw is not told to return", async () => {
  for (const throws of [false, true]) {
    let returns = 0;
    const ds = Dataset.from(() => ({
      [Symbol.iterator]: () => ({
        next(): IteratorResult<number> {
          if (throws) throw new Error("broke");
          return { done: true, value: undefined };
        },
        return(): IteratorResult<number> {
          returns++;
          return { done: true, value: undefined };
        },
      }),
    }));
    await ds.toArray().catch((error: Error) => expect(error.cause).toMatchObject({ message: "broke" }));
    expect(returns).toBe(0);
  }
});

test("a generator object is read once, and says so the second time", async () => {
  function* three() {
    yield* [1, 2, 3];
  }
  const ds = Dataset.from(three());
  expect(await ds.toArray()).toEqual([1, 2, 3]);
  const again = await ds.toArray().catch((error: unknown) => error);
  expect(isVoxRxError(again, "VOXRX_ONE_SHOT")).toBe(true);
  expect(await Dataset.from(three).toArray()).toEqual([1, 2, 3]);
  expect(await Dataset.from(three).toArray()).toEqual([1, 2, 3]);
});

test("a run that is closed while a list is being found does not spoil it for another run", async () => {
  let lists = 0;
  const ds = Dataset.lazy(async ({ signal }) => {
    lists++;
    await turns(5);
    signal.throwIfAborted();
    return [1, 2];
  });
  const first = ds.iterate();
  void first.next();
  await turns(1);
  const second = ds.toArray();
  await turns(1);
  await first.return();
  expect(await second).toEqual([1, 2]);
  expect(lists).toBe(1);
});

test("an abort ends the waiting for a list at once, also where the list ignores its signal", async () => {
  const ds = Dataset.lazy(() => new Promise<number[]>(() => {}));
  for (const wait of [(signal: AbortSignal) => ds.ready({ signal }), (signal: AbortSignal) => ds.at(0, { signal })]) {
    const controller = new AbortController();
    const waiting = wait(controller.signal);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  }
});

test("a source function that gives a Dataset runs it in its own epoch", async () => {
  const inner = Dataset.from(({ epoch }) => [epoch]);
  const outer = Dataset.from(() => inner);
  expect([await outer.toArray(), await outer.toArray(), await outer.epoch(7).toArray()]).toEqual([[0], [1], [7]]);
  expect(inner.explain()).toContain("epoch 0 is next");
});
