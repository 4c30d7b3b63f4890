import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Dataset, isVoxRxError } from "voxrx";
import { map, onError, shuffle, zip } from "voxrx/operators";
import { countingSource, turns } from "../support/counting.ts";

test("each item is computed once, whoever asks first and however the consumers interleave", async () => {
  const order = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(order, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (asks, maxLag, later) => {
      const { source, counts } = countingSource({ length: 12, later });
      const shared = source.share({ maxLag });
      const runs = [0, 1, 2].map(() => shared.iterate());
      const seen: number[][] = [[], [], []];
      const take = async (who: number) => {
        const step = await runs[who]?.next();
        if (step && !step.done) seen[who]?.push(step.value);
        return step?.done === true;
      };
      const firsts = [take(0), take(1), take(2)];
      const rest = asks.map((who) => take(who));
      await Promise.all(firsts);
      const finish = async (who: number) => {
        while (!(await take(who)));
      };
      await Promise.all([...rest, finish(0), finish(1), finish(2)]);
      const all = Array.from({ length: 12 }, (_, n) => n);
      expect(seen).toEqual([all, all, all]);
      expect(counts).toEqual({ opened: 1, closed: 1, produced: 12 });
    }),
    { numRuns: 40 },
  );
});

test("the slowest consumer gates the rest within maxLag", async () => {
  const { source, counts } = countingSource();
  const shared = source.share({ maxLag: 3 });
  const slow = shared.iterate();
  const fast = shared.iterate();
  await Promise.all([slow.next(), fast.next()]);
  const ahead: number[] = [];
  for (let n = 0; n < 10; n++) void fast.next().then(({ value }) => value !== undefined && ahead.push(value));
  await turns();
  expect(ahead).toEqual([1, 2, 3]);
  expect(counts.produced).toBe(4);
  await slow.next();
  await turns();
  expect(ahead).toEqual([1, 2, 3, 4]);
  await Promise.all([slow.return(), fast.return()]);
});

test("a consumer that leaves is forgotten, and the last one to leave closes the source", async () => {
  const { source, counts } = countingSource();
  const shared = source.share();
  const slow = shared.iterate();
  const fast = shared.iterate();
  await Promise.all([slow.next(), fast.next()]);
  await fast.next();
  const gated = fast.next();
  await turns();
  await slow.return();
  expect(await gated).toEqual({ done: false, value: 2 });
  expect(counts.closed).toBe(0);
  await fast.return();
  expect(counts).toEqual({ opened: 1, closed: 1, produced: 3 });
});

test("who comes while the first item is held joins; who comes later starts a run of its own", async () => {
  const { source, counts } = countingSource();
  const shared = source.share();
  const first = shared.iterate();
  await first.next();
  const joining = shared.iterate();
  expect(await joining.next()).toEqual({ done: false, value: 0 });
  expect(counts.opened).toBe(1);
  await Promise.all([first.next(), joining.next()]);
  const late = shared.iterate();
  expect(await late.next()).toEqual({ done: false, value: 0 });
  expect(counts.opened).toBe(2);
  await Promise.all([first.return(), joining.return(), late.return()]);
  expect(counts.closed).toBe(2);
});

test("every consumer hears of an error of the source", async () => {
  const { source, counts } = countingSource({ throwsAt: 2 });
  const shared = source.share();
  const heard = await Promise.allSettled([shared.toArray(), shared.toArray()]);
  expect(heard.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(counts).toEqual({ opened: 1, closed: 1, produced: 2 });
});

test("an item's own failure is met by every consumer once, and the items behind it still come", async () => {
  const failing = Dataset.from([0, 1, 2, 3]).pipe(
    map((n) => {
      if (n === 1) throw new Error("bad item");
      return n;
    }),
  );
  const shared = failing.share();
  const reports: unknown[] = [];
  const skipping = () => shared.pipe(onError({ skip: true, onSkip: (error) => reports.push(error.item) })).toArray();
  expect(await Promise.all([skipping(), skipping()])).toEqual([
    [0, 2, 3],
    [0, 2, 3],
  ]);
  expect(reports).toEqual(["1", "1"]);
});

test("maxLag is checked when it is stated", () => {
  for (const maxLag of [0, 1.5, Number.NaN]) {
    let thrown: unknown;
    try {
      Dataset.from([1]).share({ maxLag });
    } catch (error) {
      thrown = error;
    }
    expect(isVoxRxError(thrown, "VOXRX_BAD_OPTION")).toBe(true);
  }
});

test("consumers that start together share a run on a machine that is too busy to go on at once", async () => {
  const { source, counts } = countingSource({ length: 3 });
  const shared = source.share({ maxLag: 1 });
  const first = shared.toArray();
  let clock = 0;
  const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += 1000));
  const second = shared.toArray();
  now.mockRestore();
  expect(await Promise.all([first, second])).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
  expect(counts).toEqual({ opened: 1, closed: 1, produced: 3 });
});

const drawn = () =>
  Dataset.from([1, 2, 3, 4]).pipe(
    shuffle(),
    map((n, { random }) => `${n} ${random().integer(1000)}`),
  );

test("consumers of different epochs or seeds get the items of their own", async () => {
  const shared = drawn().share({ maxLag: 4 });
  const ways = [{ epoch: 0 }, { epoch: 5 }, { epoch: 0, seed: 9 }, { epoch: 0 }];
  const expected = await Promise.all(ways.map((way) => drawn().toArray(way)));
  expect(await Promise.all(ways.map((way) => shared.toArray(way)))).toEqual(expected);
  const pairs = await zip(shared.epoch(1), shared.epoch(2)).toArray();
  expect(pairs).toEqual(await zip(drawn().epoch(1), drawn().epoch(2)).toArray());
});

test("a consumer that names no epoch has the one of the run that it joins, also in its checkpoint", async () => {
  for (const after of [(ds: Dataset<string>) => ds, (ds: Dataset<string>) => ds.pipe(map((text) => text))]) {
    const dataset = after(drawn().share({ maxLag: 4 }));
    for (const epoch of [0, 1]) {
      const whole = await drawn().toArray({ epoch });
      const runs = [dataset.iterate(), dataset.iterate()];
      for (const run of runs) expect((await run.next()).value).toBe(whole[0]);
      const checkpoints = runs.map((run) => run.checkpoint());
      await Promise.all(runs.map((run) => run.return()));
      expect(checkpoints.map((from) => from.epoch)).toEqual([epoch, epoch]);
      for (const from of checkpoints) expect(await after(drawn().share()).toArray({ from })).toEqual(whole.slice(1));
    }
  }
});

test("datasets after one share stay in the same epoch, whichever comes first", async () => {
  const shared = drawn().share({ maxLag: 4 });
  const two = [shared.pipe(map((text) => text)), shared.pipe(map((text) => text))];
  for (const epoch of [0, 1, 2]) {
    const whole = await drawn().toArray({ epoch });
    expect(await Promise.all(two.map((dataset) => dataset.toArray()))).toEqual([whole, whole]);
    two.reverse();
  }
});

test("who looks at the items of a shared run does not take part in it", async () => {
  const shared = drawn().share({ maxLag: 4 });
  const run = shared.iterate();
  await run.next();
  const { digest } = await drawn().digest({ epoch: 3 });
  expect((await shared.digest({ epoch: 3 })).digest).toBe(digest);
  expect(await shared.peek()).toBe((await drawn().toArray({ epoch: 1 }))[0]);
  await run.return();
});
