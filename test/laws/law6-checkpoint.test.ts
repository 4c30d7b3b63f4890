/** Law 6 as a user has it: `run.checkpoint()` and `iterate({ from })`. */

import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import * as rx from "rxjs";
import { describe, expect, test } from "vitest";
import { type Checkpoint, Dataset, isVoxRxError, memoryStore, mergeCheckpoints, type RunIterator } from "voxrx";
import * as op from "voxrx/operators";
import { runsOf } from "../support/long.ts";
import { anyResumable, anyWay } from "../support/resumable.ts";
import { spelledOut } from "../support/volumes.ts";

const throughJson = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint));

/** The next items of a run, at most so many. */
async function taken<T>(run: RunIterator<T>, most: number): Promise<T[]> {
  const items: T[] = [];
  while (items.length < most) {
    const step = await run.next();
    if (step.done) break;
    items.push(step.value);
  }
  return items;
}

const records = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));

const augmented = ({ items = records(60), ahead = 0, isCached = false, seed = 0 } = {}) => {
  const source = Dataset.from(items, { seed }).pipe(op.shuffle({ seed: 3 }));
  const doubled = source.pipe(op.map(({ n }) => ({ n: 2 * n }), { version: 1 }));
  const cached = isCached ? doubled.pipe(op.cacheUntilRandom({ store: memoryStore() })) : doubled;
  const noisy = cached.pipe(op.map(({ n }, { random }) => ({ n: n + random().uniform(0, 1) })));
  const looked = ahead > 0 ? noisy.pipe(op.prefetch({ buffer: ahead, concurrency: 2 })) : noisy;
  return looked.pipe(op.batch(4), op.progress({ onProgress: () => undefined }));
};

describe("a checkpoint", () => {
  test("continues at every item of an epoch, and then with the next epochs", async () => {
    const whole = await augmented().toArray();
    const following = await augmented().toArray({ epoch: 1 });
    for (let stop = 0; stop <= whole.length; stop++) {
      const run = augmented({ ahead: 3, isCached: true }).iterate();
      await taken(run, stop);
      const checkpoint = throughJson(run.checkpoint());
      await run.return();
      const dataset = augmented({ ahead: stop % 3 });
      expect(await dataset.toArray({ from: checkpoint })).toEqual(whole.slice(stop));
      expect(await dataset.toArray()).toEqual(following);
    }
  });

  test("is small JSON with the number of items so far, and stays valid after the end", async () => {
    const run = augmented().iterate({ epoch: 2, seed: "x" });
    expect(run.checkpoint()).toMatchObject({ voxrx: 1, epoch: 2, seed: "x", items: 0 });
    await taken(run, 3);
    expect(run.checkpoint()).toMatchObject({ epoch: 2, seed: "x", items: 3 });
    await taken(run, 100);
    const end = throughJson(run.checkpoint());
    expect(end).toMatchObject({ items: 15, done: true });
    expect(JSON.stringify(end).length).toBeLessThan(2048);
    const rest = augmented().iterate({ from: end });
    expect(await taken(rest, 1)).toEqual([]);
    expect(rest.checkpoint()).toEqual(end);
  });

  test("is small also where many streams are open", async () => {
    const stream = (n: number) =>
      Dataset.from(() => records(40), { name: `s${n}` }).pipe(
        op.shuffle({ buffer: 8, seed: n }),
        op.prefetch({ buffer: 2 }),
      );
    const [first = stream(0), ...others] = Array.from({ length: 24 }, (_, n) => stream(n));
    const zipped = op.zip(first, ...others).pipe(op.batch({ size: 3, collate: "list" }));
    const whole = await zipped.toArray({ epoch: 1 });
    for (const stop of [1, 5, 13]) {
      const run = zipped.iterate({ epoch: 1 });
      await taken(run, stop);
      const from = throughJson(run.checkpoint());
      await run.return();
      expect(JSON.stringify(from).length).toBeLessThan(2048);
      expect(await zipped.toArray({ from })).toEqual(whole.slice(stop));
    }
  });

  test("continues with or without a cache that caches nothing, before a rotation", async () => {
    const rotation = (isCached: boolean) => {
      const source = Dataset.from(records(6));
      const cached = isCached ? source.pipe(op.cacheUntilRandom({ store: memoryStore() })) : source;
      return cached.pipe(op.smartReplace({ cacheNum: 4 }));
    };
    const run = rotation(true).iterate();
    await taken(run, 1);
    const from = throughJson(run.checkpoint());
    await run.return();
    expect(await rotation(false).toArray({ from })).toEqual(records(4).slice(1));
    const other = Dataset.from(records(6)).pipe(op.smartReplace({ cacheNum: 5 }));
    await expect(other.toArray({ from })).rejects.toThrow('"smartReplace" (operator 2) has another seed, version');
  });

  test("compares a list that was changed in place", async () => {
    const list = records(10);
    const run = Dataset.from(list).iterate();
    await taken(run, 2);
    const from = throughJson(run.checkpoint());
    await run.return();
    list[7] = { n: 70 };
    await expect(Dataset.from(list).toArray({ from })).rejects.toMatchObject({ code: "VOXRX_OTHER_PLAN" });
  });

  test("does not count what look-ahead has computed", async () => {
    const computed: number[] = [];
    const dataset = Dataset.from(records(30)).pipe(
      op.map(({ n }) => {
        computed.push(n);
        return n;
      }),
      op.prefetch({ buffer: 8 }),
    );
    const run = dataset.iterate();
    expect(await taken(run, 5)).toEqual([0, 1, 2, 3, 4]);
    while (computed.length < 10) await new Promise((resolve) => setImmediate(resolve));
    const checkpoint = run.checkpoint();
    await run.return();
    computed.length = 0;
    expect(await dataset.toArray({ from: checkpoint })).toEqual(Array.from({ length: 25 }, (_, k) => k + 5));
    expect(Math.min(...computed)).toBe(5);
  });

  test("is taken before a failing item, which is tried again", async () => {
    let isBroken = true;
    const dataset = Dataset.from(records(6)).pipe(
      op.map(({ n }) => {
        if (isBroken && n === 3) throw new Error("the disk is away");
        return n;
      }),
    );
    const run = dataset.iterate();
    await expect(taken(run, 6)).rejects.toThrow("the disk is away");
    isBroken = false;
    expect(await dataset.toArray({ from: run.checkpoint() })).toEqual([3, 4, 5]);
  });

  test("counts the items that were skipped", async () => {
    const skipped: string[] = [];
    const dataset = () =>
      Dataset.from(records(9)).pipe(
        op.map(({ n }) => {
          if (n % 3 === 1) throw new Error("bad");
          return n;
        }),
        op.onError({ skip: true, maxItems: 2, onSkip: ({ item }) => skipped.push(String(item)) }),
      );
    const run = dataset().iterate();
    expect(await taken(run, 4)).toEqual([0, 2, 3, 5]);
    const checkpoint = throughJson(run.checkpoint());
    expect(await taken(dataset().iterate({ from: checkpoint }), 1)).toEqual([6]);
    await expect(dataset().toArray({ from: checkpoint })).rejects.toMatchObject({ code: "VOXRX_TOO_MANY_ERRORS" });
    expect(skipped).toEqual(["1", "4"]);
  });

  test("is each consumer's own where a run is shared", async () => {
    const shared = Dataset.from(records(8)).share({ maxLag: 4 });
    const [first, second] = [shared.iterate({ epoch: 0 }), shared.iterate({ epoch: 0 })];
    await taken(first, 3);
    await taken(second, 1);
    const [fromFirst, fromSecond] = [first.checkpoint(), second.checkpoint()];
    await Promise.all([first.return(), second.return()]);
    expect(await shared.toArray({ from: fromFirst })).toEqual(records(8).slice(3));
    expect(await shared.toArray({ from: fromSecond })).toEqual(records(8).slice(1));
  });

  test("continues through forEach", async () => {
    const dataset = Dataset.from(records(5));
    const run = dataset.iterate();
    await taken(run, 2);
    const seen: number[] = [];
    await dataset.forEach(({ n }) => void seen.push(n), { from: run.checkpoint() });
    expect(seen).toEqual([2, 3, 4]);
  });

  test("of a list that is loaded later is compared with the list", async () => {
    const lazily = (count: number) => Dataset.lazy(async () => records(count));
    const run = lazily(5).iterate();
    const early = throughJson(run.checkpoint());
    await taken(run, 2);
    const later = throughJson(run.checkpoint());
    expect(await lazily(5).toArray({ from: early })).toEqual(records(5));
    expect(await lazily(5).toArray({ from: later })).toEqual(records(5).slice(2));
    await expect(lazily(6).toArray({ from: later })).rejects.toMatchObject({ code: "VOXRX_OTHER_PLAN" });
  });

  test("finds item 1,000,000 without the ones before it", async () => {
    let computed = 0;
    const large = () =>
      Dataset.from(Array.from({ length: 1_000_010 }, (_, n) => n)).pipe(
        op.filter((n) => n % 2 === 0),
        op.map((n) => {
          computed++;
          return n;
        }),
      );
    const run = large().iterate();
    await taken(run, 1);
    const checkpoint = { ...throughJson(run.checkpoint()), position: 1_000_000 };
    computed = 0;
    expect(await large().toArray({ from: checkpoint })).toEqual(
      [1_000_000, 2, 4, 6, 8].map((n) => (n > 9 ? n : 1_000_000 + n)),
    );
    expect(computed).toBe(5);
  });

  test("continues any pipeline, stopped several times, in any other way of running it", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyResumable,
        fc.array(fc.tuple(fc.nat({ max: 30 }), anyWay), { minLength: 1, maxLength: 5 }),
        fc.nat({ max: 3 }),
        async (pipeline, stops, epoch) => {
          const whole = await wholeOf(pipeline.build({ ahead: 0, isCached: false }).iterate({ epoch }));
          if (!whole) return;
          let checkpoint: Checkpoint | undefined;
          let at = 0;
          for (const [most, way] of stops) {
            const run = pipeline.build(way).iterate(checkpoint ? { from: checkpoint } : { epoch });
            const got = (await taken(run, most)).map(spelledOut);
            await run.return();
            expect(got).toEqual(whole.slice(at, at + most));
            at += got.length;
            checkpoint = throughJson(run.checkpoint());
            expect(checkpoint.items).toBe(at);
            expect(JSON.stringify(checkpoint).length).toBeLessThan(2048);
          }
        },
      ),
      { numRuns: runsOf(150) },
    );
  });
});

/** All items of a run; undefined where the pipeline itself is at fault, such as a subset of nothing. */
async function wholeOf(run: RunIterator<unknown>): Promise<unknown[] | undefined> {
  try {
    return (await taken(run, Number.POSITIVE_INFINITY)).map(spelledOut);
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_OUT_OF_RANGE")) return undefined;
    throw error;
  }
}

describe("a checkpoint is refused", () => {
  const checkpointOf = async (dataset: Dataset<unknown>) => {
    const run = dataset.iterate();
    await taken(run, 1);
    const checkpoint = throughJson(run.checkpoint());
    await run.return();
    return checkpoint;
  };
  const differing: Record<string, [Dataset<unknown>, RegExp]> = {
    "a longer list": [augmented({ items: records(61) }), /"from" lists 61 items, not 60/],
    "another order": [augmented({ items: records(60).toReversed() }), /other items, or in another order/],
    "one other item": [augmented({ items: records(60).with(30, { n: -1 }) }), /other items/],
    "another seed": [augmented({ seed: 1 }), /"from".*seed/],
    "an operator more": [augmented().pipe(op.skip(1)), /"skip" was added/],
    "an operator less": [Dataset.from(records(60)).pipe(op.shuffle({ seed: 3 })), /"map" is missing/],
    "another option": [
      Dataset.from(records(60)).pipe(op.shuffle({ seed: 4 })),
      /"shuffle" \(operator 2\) has another seed, version or other options/,
    ],
    "another operator": [Dataset.from(records(60)).pipe(op.repeat(2)), /operator 2 is "repeat", not "shuffle"/],
  };
  test.each(Object.entries(differing))("by a plan with %s, which it names", async (_, [other, words]) => {
    const from = await checkpointOf(augmented());
    const error = await other.toArray({ from }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "VOXRX_OTHER_PLAN", message: expect.stringMatching(words) });
  });

  test("with another epoch or seed than its own", async () => {
    const from = await checkpointOf(augmented());
    expect(() => augmented().iterate({ from, epoch: 1 })).toThrow(/epoch 1 was requested/);
    expect(() => augmented().iterate({ from, seed: 5 })).toThrow(/seed 5 was requested/);
    expect(await augmented().toArray({ from, epoch: 0 })).toHaveLength(14);
  });

  test.each([
    null,
    "text",
    {},
    { voxrx: 2, epoch: 0, items: 0, plan: [] },
    { voxrx: 1, epoch: -1, items: 0, plan: [] },
    { voxrx: 1, epoch: 0, items: 0, plan: [["a"]] },
  ])("if it is damaged: %j", (damaged) => {
    // A checkpoint comes from a file: its type is not known.
    const from: Checkpoint = JSON.parse(JSON.stringify(damaged));
    expect(() => augmented().iterate({ from })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_CHECKPOINT", operator: "iterate" }),
    );
  });

  test("if its position is nested too deeply, cyclic or not JSON", async () => {
    const from = await checkpointOf(augmented());
    const cyclic: { [name: string]: never[] } = { a: [] };
    Reflect.set(cyclic, "b", [cyclic, cyclic]);
    const deep = JSON.parse("[".repeat(5000) + "]".repeat(5000));
    const hostile = deflateRawSync("[".repeat(1_000_000)).toString("base64");
    const packed = (text: string) => ({ "voxrx.deflated": text });
    const large = deflateRawSync(Buffer.alloc(1e8, "1")).toString("base64");
    const positions: Record<string, unknown> = { cyclic, deep, function: () => 1 };
    for (const text of ["", "nonsense", hostile, large]) positions[text.slice(0, 20)] = packed(text);
    for (const [name, position] of Object.entries(positions)) {
      const damaged: Checkpoint = Object.assign({ ...from }, { position });
      expect(() => augmented().iterate({ from: damaged }), name).toThrow(
        expect.objectContaining({ code: "VOXRX_BAD_CHECKPOINT" }),
      );
      expect(() => mergeCheckpoints([damaged]), name).toThrow(
        expect.objectContaining({ code: "VOXRX_BAD_CHECKPOINT" }),
      );
    }
  });

  test("if its position can't be one of the plan", async () => {
    const from = await checkpointOf(augmented());
    for (const position of [-1, 1e9, "x", [1], [4, "x"], { a: 1 }]) {
      await expect(augmented().toArray({ from: { ...from, position } })).rejects.toMatchObject({
        code: "VOXRX_BAD_POSITION",
      });
    }
  });

  test.each<[string, () => Dataset<unknown>]>([
    ["a Subject", () => Dataset.from(new rx.ReplaySubject(3))],
    ["a timer", () => Dataset.from(rx.interval(1).pipe(rx.take(3)))],
    ["a lossy queue", () => Dataset.from(rx.of(1, 2, 3), { overflow: "latest" })],
    ["debounceTime", () => Dataset.from([1, 2, 3]).pipe(rx.debounceTime(1))],
    ["bufferTime", () => Dataset.from([1, 2, 3]).pipe(rx.bufferTime(1))],
    ["an inner timer", () => Dataset.from([1, 2, 3]).pipe(rx.mergeMap((n) => rx.timer(n)))],
  ])("where the items depend on time or a hot source: %s", async (name, dataset) => {
    const run = dataset().iterate();
    if (name !== "a Subject") await run.next();
    expect(() => run.checkpoint()).toThrow(expect.objectContaining({ code: "VOXRX_NOT_RESUMABLE" }));
    await run.return();
  });
});

describe("explain", () => {
  test("says what continues by a replay", () => {
    const dataset = Dataset.from(() => [1, 2]).pipe(
      rx.map((n) => n),
      op.take(1),
    );
    expect(dataset.explain().match(/continues by a replay of the epoch/g)).toHaveLength(2);
    expect(augmented().explain()).not.toContain("replay");
  });
});
