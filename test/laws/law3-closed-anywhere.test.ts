import { Readable } from "node:stream";
import * as rx from "rxjs";
import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import {
  batch,
  concat,
  flatMap,
  indexed,
  join,
  map,
  mapAsync,
  mix,
  prefetch,
  repeat,
  shuffle,
  smartReplace,
  take,
  zip,
} from "voxrx/operators";
import { runsLongTests } from "../support/long.ts";

/** Items that count how often they are opened and closed. Opening takes a few microtasks, and so does each step. */
class CountedSource {
  opened = 0;
  closed = 0;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  get dataset(): Dataset<number> {
    return Dataset.from(async () => {
      await Promise.resolve();
      await Promise.resolve();
      return this.#iterable();
    });
  }

  #iterable(): AsyncIterable<number> {
    return {
      [Symbol.asyncIterator]: () => {
        this.opened++;
        let n = 0;
        let isOpen = true;
        const end = (): IteratorReturnResult<undefined> => {
          if (isOpen) this.closed++;
          isOpen = false;
          return { done: true, value: undefined };
        };
        return {
          next: async () => {
            await Promise.resolve();
            return isOpen && n < this.#length ? { done: false, value: n++ } : end();
          },
          return: async () => end(),
        };
      },
    };
  }
}

const pipelines: Readonly<Record<string, (a: CountedSource, b: CountedSource) => Dataset<unknown>>> = {
  "a source": (a) => a.dataset,
  "flatMap of a list": (_, b) => Dataset.from([1, 2]).pipe(flatMap(() => b.dataset)),
  "flatMap of a source": (a, b) => a.dataset.pipe(flatMap(() => b.dataset)),
  "flatMap of flatMap": (a, b) => a.dataset.pipe(flatMap(() => Dataset.from([1]).pipe(flatMap(() => b.dataset)))),
  concat: (a, b) => concat(Dataset.from<number>([]), a.dataset, b.dataset),
  repeat: (a) => a.dataset.pipe(repeat(2)),
  "concat, repeat, concurrency, take of RxJS": (a, b) =>
    concat(a.dataset, b.dataset).pipe(
      repeat(2),
      mapAsync(async (n) => n, { concurrency: 2 }),
      rx.take(9),
    ),
  zip: (a, b) => zip(a.dataset, b.dataset),
  mix: (a, b) => mix([{ dataset: a.dataset, weight: 2 }, { dataset: b.dataset }], { stoppingStrategy: "allExhausted" }),
  "join of two sources": (a, b) => {
    const records = (source: CountedSource) => source.dataset.pipe(map((n) => ({ n })));
    return join(records(a), records(b), { on: "n" });
  },
  "shuffle, batch, prefetch": (a) => a.dataset.pipe(shuffle({ buffer: 3 }), batch(2), prefetch({ buffer: 2 })),
  epochs: (a) => a.dataset.epochs(0, 3),
  share: (a) => a.dataset.share({ maxLag: 2 }),
  "operators of RxJS": (a) =>
    a.dataset.pipe(
      rx.mergeMap((n) => rx.of(n, n)),
      rx.scan((sum, n) => sum + n, 0),
    ),
};

const endings: Readonly<Record<string, (dataset: Dataset<unknown>, passed: () => Promise<void>) => Promise<void>>> = {
  async return(dataset, passed) {
    const run = dataset.iterate();
    const reading = drain(run);
    await passed();
    await run.return();
    await reading;
  },
  async abort(dataset, passed) {
    const controller = new AbortController();
    const reading = drain(dataset.iterate({ signal: controller.signal }));
    await passed();
    controller.abort();
    await reading;
  },
  async unsubscribe(dataset, passed) {
    const subscription = dataset.subscribe({ error: () => undefined });
    await passed();
    subscription.unsubscribe();
  },
};

async function drain(run: AsyncIterator<unknown, undefined>): Promise<void> {
  try {
    while (!(await run.next()).done);
  } catch {
    // An abort.
  }
}

const microtasks = runsLongTests ? 200 : 40;

test.each(Object.keys(pipelines).flatMap((name) => Object.keys(endings).map((ending) => [name, ending] as const)))(
  "law 3: %s, ended by %s after any number of microtasks, closes what it opened",
  async (name, ending) => {
    for (let n = 0; n < microtasks; n++) {
      const sources = [new CountedSource(3), new CountedSource(2)] as const;
      const dataset = pipelines[name]?.(...sources);
      if (!dataset) throw new TypeError(`there is no pipeline ${name}`);
      await endings[ending]?.(dataset, async () => {
        for (let passed = 0; passed < n; passed++) await Promise.resolve();
      });
      // A run that was ended from outside closes its sources within the next turns of the event loop.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect([n, ...sources.map(({ closed }) => closed)]).toEqual([n, ...sources.map(({ opened }) => opened)]);
    }
  },
);

test("law 3: a run ends while a user's generator does not answer, and closes the source before it", async () => {
  const seen: string[] = [];
  const source = Dataset.from(async function* () {
    try {
      yield 1;
    } finally {
      seen.push("closed");
    }
  });
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const silent = async function* (): AsyncGenerator<number> {
    isAsked();
    await new Promise(() => undefined);
  };
  const run = source.pipe(flatMap(silent)).iterate();
  const pending = run.next();
  await asked;
  await run.return();
  expect(seen).toEqual(["closed"]);
  expect((await pending).done).toBe(true);
});

test("law 3: what a source function opened for a run that has ended meanwhile is released, and never read", async () => {
  const seen: string[] = [];
  const late: Record<string, () => AsyncIterable<number>> = {
    "an iterable": () => ({
      [Symbol.asyncIterator]: () => ({
        async next() {
          seen.push("read");
          return { done: true, value: undefined };
        },
        async return() {
          seen.push("returned");
          return { done: true, value: undefined };
        },
      }),
    }),
    "a stream of bytes": () => {
      const stream = new ReadableStream<number>({ cancel: () => void seen.push("canceled") });
      return Object.assign(stream, { [Symbol.asyncIterator]: () => stream.values() });
    },
    "a stream of Node": () =>
      new Readable({
        read: () => void seen.push("read"),
        destroy(error, done) {
          seen.push("destroyed");
          done(error);
        },
      }),
  };
  for (const open of Object.values(late)) {
    let give: (source: AsyncIterable<number>) => void = () => undefined;
    const given = new Promise<AsyncIterable<number>>((resolve) => {
      give = resolve;
    });
    const run = Dataset.from(() => given).iterate();
    const pending = run.next();
    await run.return();
    give(open());
    expect((await pending).done).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(seen).toEqual(["returned", "canceled", "destroyed"]);
});

test("law 3: a list that is being made from a source closes it at once, and is made again by the next run", async () => {
  let isSilent = true;
  const seen: string[] = [];
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const source = Dataset.from(
    (): AsyncIterable<number> => ({
      [Symbol.asyncIterator]: () => {
        let n = 0;
        return {
          async next() {
            isAsked();
            if (isSilent) await new Promise(() => undefined);
            return n < 2 ? { done: false, value: n++ } : { done: true, value: undefined };
          },
          return: async () => {
            seen.push("closed");
            return { done: true, value: undefined };
          },
        };
      },
    }),
  );
  const listed = source.pipe(indexed());
  const run = listed.iterate();
  void run.next();
  await asked;
  await run.return();
  expect(seen).toEqual(["closed"]);
  isSilent = false;
  expect(await listed.toArray()).toEqual([0, 1]);
});

test("law 3: a rotation ends while a function that prepares the next epoch does not answer", async () => {
  const silent = (n: number) => (n < 2 ? n : new Promise<number>(() => undefined));
  const source = Dataset.from([0, 1, 2, 3]);
  const inCache = source.pipe(map(silent, { version: 1 }), smartReplace({ cacheNum: 2, replaceRate: 1 }));
  const beforeCache = source.pipe(map(silent), take(4), smartReplace({ cacheNum: 2, replaceRate: 1 }));
  for (const rotating of [inCache, beforeCache]) expect(await rotating.epoch(0).toArray()).toEqual([0, 1]);
});

test("law 3: an item by index that arrives after the end of the run is not worked on", async () => {
  for (let n = 0; n < 40; n++) {
    const seen: unknown[] = [];
    const counted = map((item) => void seen.push(item));
    const source = Dataset.from([1]).pipe(batch({ size: 1, collate: "list" }), counted, prefetch({ concurrency: 2 }));
    const run = source.iterate();
    void run.next();
    for (let passed = 0; passed < n; passed++) await undefined;
    const returned = run.return();
    const before = seen.length;
    await returned;
    await new Promise((resolve) => setImmediate(resolve));
    expect([n, seen.length]).toEqual([n, before]);
  }
});
