import { Readable } from "node:stream";
import * as rx from "rxjs";
import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError } from "voxrx";
import { map, onError, rxjs, tap } from "voxrx/operators";
import { countingSource, takeAndLeave, turns } from "../support/counting.ts";
import { turnsDuring } from "../support/turns-during.ts";

const soon = <T>(value: T) => rx.timer(1).pipe(rx.map(() => value));

const upTo = (length: number) => Array.from({ length }, (_, n) => n);

describe("feeding", () => {
  test("a composite keeps the bound at each of its links", async () => {
    const composites: [rx.OperatorFunction<number, unknown>, number][] = [
      [
        (s) =>
          s.pipe(
            rx.mergeMap(soon),
            rx.filter((n) => n % 2 === 0),
          ),
        5,
      ],
      [
        (s) =>
          s.pipe(
            rx.map((n) => n + 1),
            rx.concatMap(soon),
            rx.bufferCount(2),
          ),
        6,
      ],
      [(s) => s.pipe(rx.delay(1), rx.mergeMap(soon), rx.delay(1)), 3],
      [(s) => s.pipe(rx.debounceTime(1), rx.mergeMap(soon)), 3],
      [(s) => s.pipe(rx.mergeMap(soon), rx.share()), 3],
    ];
    for (const [operator, asked] of composites) {
      const { source, counts } = countingSource();
      expect((await takeAndLeave(source.pipe(operator), 3)).length).toBe(3);
      expect(counts).toEqual({ opened: 1, closed: 1, produced: asked });
    }
  });

  test("neighbours run as one: an operator that never ends by itself is stopped by the one behind it", async () => {
    const { source, counts } = countingSource();
    const doubling = source.pipe(
      rx.expand((n) => rx.of(n + 1)),
      rx.take(5),
    );
    expect(await doubling.toArray()).toEqual([0, 1, 2, 3, 4]);
    expect(counts).toEqual({ opened: 1, closed: 1, produced: 1 });
  });

  test("ahead lets work overlap, and bounds it", async () => {
    const { source, counts } = countingSource({ length: 20 });
    let inWork = 0;
    let most = 0;
    const work = (n: number) => {
      most = Math.max(most, ++inWork);
      return soon(n).pipe(rx.finalize(() => inWork--));
    };
    expect(await source.pipe(rxjs(rx.mergeMap(work), { ahead: 4 })).toArray()).toEqual(upTo(20));
    expect(most).toBe(4);
    expect(counts.produced).toBe(20);
  });

  test("groupBy with mergeMap gets the later items that it waits for", async () => {
    const { source, counts } = countingSource();
    const pairs = (s: rx.Observable<number>) =>
      s.pipe(
        rx.groupBy((n) => n % 2),
        rx.mergeMap((group) => group.pipe(rx.bufferCount(2))),
      );
    expect(await takeAndLeave(source.pipe(rxjs(pairs, { ahead: 8 })), 1)).toEqual([[0, 2]]);
    expect(counts.produced).toBe(3);
    const all = await Dataset.from(upTo(40))
      .pipe(rxjs(pairs, { ahead: Number.POSITIVE_INFINITY }))
      .toArray();
    expect(all.flat().toSorted((a, b) => a - b)).toEqual(upTo(40));
  });

  test("a long run of dropped items neither overflows the stack nor keeps timers from having a turn", async () => {
    const none = Dataset.from(upTo(100_000)).pipe(
      rx.filter((n) => n < 0),
      rx.defaultIfEmpty(-1),
    );
    expect(await none.toArray()).toEqual([-1]);
    const ticks = await turnsDuring(async (spend) => {
      const slow = Dataset.from(upTo(300)).pipe(
        rx.filter((n) => {
          spend(0.2);
          return n < 0;
        }),
      );
      expect(await slow.toArray()).toEqual([]);
    });
    expect(ticks).toBeGreaterThanOrEqual(3);
  });

  test("an operator that makes several subscriptions feeds them in turn", async () => {
    const { source, counts } = countingSource({ length: 5 });
    const pairs = source.pipe((s) => rx.zip(s, s.pipe(rx.skip(1))));
    expect(await pairs.toArray()).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(counts.opened).toBe(2);
    expect(counts.closed).toBe(2);
  });

  test("a source that is subscribed late, by an inner stream, is fed", async () => {
    const { source } = countingSource({ length: 3 });
    expect(await source.pipe((s) => rx.timer(1).pipe(rx.switchMap(() => s))).toArray()).toEqual([0, 1, 2]);
    expect(await source.pipe((s) => rx.of(1, 2).pipe(rx.concatMap(() => s.pipe(rx.map((n) => n))))).toArray()).toEqual([
      0, 1, 2, 0, 1, 2,
    ]);
  });

  test("two runs of one bridged dataset do not meet", async () => {
    const { source, counts } = countingSource({ length: 6 });
    const sums = source.pipe(rx.mergeScan((sum, n) => soon(sum + n), 0));
    const expected = [0, 1, 3, 6, 10, 15];
    expect(await Promise.all([sums.toArray(), sums.toArray()])).toEqual([expected, expected]);
    expect(counts.opened).toBe(2);
    expect(counts.closed).toBe(2);
  });
});

describe("ending", () => {
  test("break while the source's answer is pending closes everything at once", async () => {
    const { source, counts } = countingSource({ hangsAt: 1 });
    const run = source.pipe(rx.mergeMap(soon)).iterate();
    await run.next();
    const pending = run.next();
    await turns(2);
    await run.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(counts).toEqual({ opened: 1, closed: 1, produced: 1 });
  });

  test("leaving unsubscribes the operator before return() gives its promise", async () => {
    let left = 0;
    const run = Dataset.from(upTo(9))
      .pipe(rx.finalize(() => left++))
      .iterate();
    await run.next();
    const returned = run.return();
    expect(left).toBe(1);
    await returned;
    expect(left).toBe(1);
  });

  test("what was emitted before an error comes before it", async () => {
    const failing = (s: rx.Observable<number>) =>
      s.pipe(
        rx.mergeMap((n) =>
          rx.concat(
            rx.of(n, n),
            rx.throwError(() => new Error("late")),
          ),
        ),
      );
    const seen: number[] = [];
    const run = Dataset.from([1])
      .pipe(failing)
      .forEach((n) => void seen.push(n));
    await expect(run).rejects.toThrow("late");
    expect(seen).toEqual([1, 1]);
  });

  test("what an operator throws, at work, when applied or when torn down, rejects next()", async () => {
    const { source, counts } = countingSource();
    const mine = new Error("mine");
    const fail = () => {
      throw mine;
    };
    await expect(source.pipe(rx.map(fail)).toArray()).rejects.toMatchObject({ cause: mine, item: "0" });
    await expect(source.pipe(fail).toArray()).rejects.toMatchObject({ cause: mine, operator: "rxjs(fail)" });
    const run = source.pipe(rx.finalize(fail)).iterate();
    await run.next();
    await expect(run.return()).rejects.toThrow("mine");
    expect(counts.closed).toBe(counts.opened);
  });

  test("retry opens its source again in the same epoch", async () => {
    const epochs: number[] = [];
    const flaky = Dataset.from(function* ({ epoch }) {
      epochs.push(epoch);
      yield 1;
      if (epochs.length % 3 !== 0) throw new Error("flaky");
    });
    const steady = flaky.pipe(rx.retry({ count: 2, delay: 1 }));
    expect(await steady.toArray()).toEqual([1, 1, 1]);
    expect(await steady.toArray()).toEqual([1, 1, 1]);
    expect(epochs).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test("an item's failure ends the operator, and a consumer that goes on after it gets an error", async () => {
    const bad = Dataset.from([0, 1, 2]).pipe(
      map((n) => {
        if (n === 1) throw new Error("bad item");
        return n;
      }),
    );
    const told: string[] = [];
    const skipping = bad.pipe(
      rx.map((n) => n),
      onError({ skip: true, onSkip: (error) => told.push(error.message) }),
    );
    const ended = await skipping.toArray().catch((error: unknown) => error);
    expect(isVoxRxError(ended, "VOXRX_TRANSFORM_FAILED") && ended.remedy).toContain("onError before");
    expect(told.length).toBe(1);
    expect(await bad.pipe(rx.catchError(() => rx.of(-1))).toArray()).toEqual([0, -1]);
  });
});

describe("identity", () => {
  test("an output that is an item that went in keeps its key; others are numbered", async () => {
    const keys: string[] = [];
    const note = tap((_: unknown, { id, index }) => void keys.push(`${id} ${index}`));
    const items = Dataset.from([{ id: "a" }, { id: "b" }, { id: "c" }], { id: ({ id }) => id });
    await items
      .pipe(
        rx.filter(({ id }) => id !== "b"),
        note,
      )
      .toArray();
    await items
      .pipe(
        rx.map(({ id }) => ({ id })),
        note,
      )
      .toArray();
    expect(keys).toEqual(["a 0", "c 2", "~0 -1", "~1 -1", "~2 -1"]);
  });

  test("items of two operators of RxJS never have the same id", async () => {
    const keys: string[] = [];
    await Dataset.from([1, 2, 3])
      .pipe(
        rx.map((n) => ({ n })),
        rxjs(
          rx.concatMap((item) => rx.of(item, { n: -item.n })),
          { ahead: 2 },
        ),
        tap((_, { id }) => void keys.push(id)),
      )
      .toArray();
    expect(keys).toEqual(["~0", "~~1", "~1", "~~3", "~2", "~~5"]);
  });

  test("explain says what is bridged and how", () => {
    const text = Dataset.from([1])
      .pipe(rxjs(rx.map(String), { ahead: 3, name: "words" }))
      .explain();
    expect(text).toContain("rxjs(words)");
    expect(text).toContain("[opaque; applied once per run; ahead 3; continues by a replay of the epoch]");
  });

  test("ahead is checked when it is stated", () => {
    for (const ahead of [0, -1, 1.5, Number.NaN]) {
      expect(() => rxjs(rx.map(String), { ahead })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});

describe("with the rest of RxJS", () => {
  test("from(dataset) is the dataset; merge, concat and zip take it; firstValueFrom asks for one item", async () => {
    const { source, counts } = countingSource({ length: 3 });
    expect(rx.from(source)).toBe(source);
    const all = (stream: rx.Observable<unknown>) => rx.lastValueFrom(stream.pipe(rx.toArray()));
    expect((await all(rx.merge(source, source))).length).toBe(6);
    expect(await all(rx.concat(source, source))).toEqual([0, 1, 2, 0, 1, 2]);
    expect(await all(rx.zip(source, source))).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    const before = counts.produced;
    expect(await rx.firstValueFrom(source)).toBe(0);
    await turns(3);
    expect(counts.produced - before).toBe(1);
    expect(counts.closed).toBe(counts.opened);
  });

  test("streams of Node and of the web pull from it", async () => {
    const { source, counts } = countingSource({ length: 5 });
    expect(await Readable.from(source).toArray()).toEqual(upTo(5));
    const fromIterable: unknown = Reflect.get(ReadableStream, "from");
    if (typeof fromIterable === "function") {
      const web: AsyncIterable<number> = Reflect.apply(fromIterable, ReadableStream, [source]);
      const seen: number[] = [];
      for await (const n of web) seen.push(n);
      expect(seen).toEqual(upTo(5));
    }
    expect(counts.closed).toBe(counts.opened);
  });

  test("an operator of ours behind a plain Observable gives a Dataset", async () => {
    const ours = rx.of(1, 2, 3).pipe(map((n) => n * 2));
    expect(ours).toBeInstanceOf(Dataset);
    expect(await Dataset.from(ours).toArray()).toEqual([2, 4, 6]);
  });
});

test("what an operator keeps for later subscribers ends with the run", async () => {
  let open = 0;
  const silent = new rx.Observable<number>(() => {
    open++;
    return () => open--;
  });
  const kept: rx.OperatorFunction<number, number>[] = [
    rx.takeUntil(silent),
    rx.mergeMap(() => silent),
    (source) =>
      new rx.Observable((subscriber) => {
        subscriber.add(silent.subscribe());
        return source.subscribe(subscriber);
      }),
    (source) =>
      source.pipe(
        rx.mergeMap(() => silent),
        rx.map((n) => n + 1),
        rx.shareReplay(1),
        rx.map((n) => n + 1),
      ),
  ];
  for (const operator of kept) {
    const run = Dataset.from([1]).pipe(operator, rx.shareReplay(1)).iterate();
    void run.next();
    await turns(2);
    await run.return();
    expect(open).toBe(0);
  }
});
