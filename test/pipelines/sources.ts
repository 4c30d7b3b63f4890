/** Sources of all kinds for random pipelines: counted, of any pace, and some that fail or never answer. */
import fc from "fast-check";
import * as rx from "rxjs";
import { readShards } from "../../datasets/read-shards.ts";
import { tarEntries } from "../../datasets/tar-entries.ts";
import { map } from "../../operators/flow/map.ts";
import { Dataset, type DatasetInput } from "../../src/dataset.ts";
import { type Ledger, never, type Pace, paceText, passed } from "./ledger.ts";
import { Failure, type Item, type Plan } from "./plan.ts";

/** How a source behaves. */
interface Manner {
  readonly length: number;
  /** Value of the first item. */
  readonly first: number;
  /** Fails at this item. */
  readonly failsAt: number | undefined;
  /** Never answers at this item. */
  readonly hangsAt: number | undefined;
  readonly pace: Pace;
}

/** Files of numbers that some sources read. */
export interface NumberFiles {
  readonly tar: string;
  readonly shards: readonly string[];
  /** Numbers in the tar, and in the shards, in order. */
  readonly numbers: readonly number[];
}

export const anyPace: fc.Arbitrary<Pace> = fc.record({
  microtasks: fc.nat(4),
  turns: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
});

const rarely = (arbitrary: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const anyManner: fc.Arbitrary<Manner> = fc.record({
  length: fc.nat(5),
  first: fc.nat(9).map((n) => n * 10),
  failsAt: rarely(fc.nat(5)),
  hangsAt: rarely(fc.nat(5)),
  pace: anyPace,
});

function* itemsOf({ length, first, failsAt }: Manner, epoch = 0): Generator<Item> {
  for (let n = 0; n < length; n++) {
    if (n === failsAt) return yield new Failure("source");
    yield first + n + epoch * 1000;
  }
}

/** One kind of source: its name, and how it is made. Only `context` says in which epoch it runs. */
type Kind = readonly [name: string, make: (manner: Manner, ledger: Ledger) => Dataset<number>];

/** The answer of a counted source, item by item; it throws and hangs as told. */
function stepOf(manner: Manner, ledger: Ledger, epoch: number, n: number): number | Promise<never> | undefined {
  if (n === manner.hangsAt && n < manner.length) return never();
  if (n === manner.failsAt && n < manner.length) throw ledger.planted;
  return n < manner.length ? manner.first + n + epoch * 1000 : undefined;
}

/** An async iterable by hand, which counts each call. */
function iterable(manner: Manner, ledger: Ledger, epoch: number, isGiven = false): AsyncIterable<number> {
  return {
    [Symbol.asyncIterator]() {
      const source = ledger.opens("an async iterator", isGiven);
      let n = 0;
      let isOpen = true;
      const close = (): IteratorReturnResult<undefined> => {
        if (isOpen) source.close();
        isOpen = false;
        return { done: true, value: undefined };
      };
      return {
        async next() {
          source.asked();
          await passed(manner.pace);
          if (!isOpen) return close();
          try {
            const value = await stepOf(manner, ledger, epoch, n++);
            return value === undefined ? close() : { done: false, value };
          } catch (error) {
            close();
            throw error;
          }
        },
        async return() {
          source.returns();
          close();
          await passed(manner.pace);
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function syncIterable(manner: Manner, ledger: Ledger, epoch: number, isGiven = false): Iterable<number> {
  return {
    [Symbol.iterator]() {
      const source = ledger.opens("an iterator", isGiven);
      let n = 0;
      return {
        next() {
          source.asked();
          try {
            const value = n < manner.length ? stepOf(manner, ledger, epoch, n++) : undefined;
            if (typeof value === "number") return { done: false, value };
          } catch (error) {
            source.close();
            throw error;
          }
          source.close();
          return { done: true, value: undefined };
        },
        return() {
          source.returns();
          source.close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function* asyncGenerator(manner: Manner, ledger: Ledger, epoch: number): AsyncGenerator<number> {
  // A generator that doesn't answer can't be closed: the language lets it end only after its answer.
  const source = manner.hangsAt === undefined ? ledger.opens("an async generator") : undefined;
  try {
    for (let n = 0; n < manner.length; n++) {
      source?.asked();
      await passed(manner.pace);
      const value = await stepOf(manner, ledger, epoch, n);
      if (value !== undefined) yield value;
    }
  } finally {
    source?.close();
  }
}

function* generator(manner: Manner, ledger: Ledger, epoch: number): Generator<number> {
  const source = ledger.opens("a generator");
  try {
    for (let n = 0; n < manner.length; n++) {
      source.asked();
      const value = stepOf(manner, ledger, epoch, n);
      if (typeof value === "number") yield value;
    }
  } finally {
    source.close();
  }
}

/** An Observable that emits without being asked, at once or as its pace says. */
function pushed(manner: Manner, ledger: Ledger, epoch: number, atOnce: boolean): rx.Observable<number> {
  return new rx.Observable((subscriber) => {
    const source = ledger.opens("an Observable");
    const emit = async () => {
      try {
        for (let n = 0; n < manner.length && !subscriber.closed; n++) {
          if (!atOnce) await passed(manner.pace);
          if (subscriber.closed) return;
          const value = stepOf(manner, ledger, epoch, n);
          if (typeof value === "number") subscriber.next(value);
          else await value;
        }
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    };
    void emit();
    return () => source.close();
  });
}

/** What a source function returns. */
type Given = DatasetInput<number> extends infer I ? (I extends (...given: never[]) => infer R ? R : never) : never;

/** A source that a function makes for each run. */
function fromFunction(ledger: Ledger, make: (epoch: number) => Given) {
  return Dataset.from<number>(({ epoch }) => {
    ledger.works("a source function");
    return make(epoch);
  });
}

/** Sources in which the epoch shows, because a function makes them. */
const perEpoch: readonly Kind[] = [
  ["(context) => asyncIterable", (m, l) => fromFunction(l, (epoch) => iterable(m, l, epoch, true))],
  ["(context) => iterable", (m, l) => fromFunction(l, (epoch) => syncIterable(m, l, epoch, true))],
  ["async function*", (m, l) => fromFunction(l, (epoch) => asyncGenerator(m, l, epoch))],
  ["function*", (m, l) => fromFunction(l, (epoch) => generator(m, l, epoch))],
  [
    "async (context) => asyncIterable",
    (m, l) => fromFunction(l, (epoch) => passed(m.pace).then(() => iterable(m, l, epoch, true))),
  ],
  [
    "async (context) => function*",
    (m, l) => fromFunction(l, (epoch) => passed(m.pace).then(() => generator(m, l, epoch))),
  ],
  ["(context) => Observable", (m, l) => fromFunction(l, (epoch) => pushed(m, l, epoch, false))],
  [
    "(context) => Dataset.from((context) => asyncIterable)",
    (m, l) => fromFunction(l, () => fromFunction(l, (epoch) => iterable(m, l, epoch, true))),
  ],
];

/** Sources that are the same in every epoch. */
const constant: readonly Kind[] = [
  ["asyncIterable", (m, l) => Dataset.from(iterable(m, l, 0))],
  ["iterable", (m, l) => Dataset.from(syncIterable(m, l, 0))],
  ["Observable", (m, l) => Dataset.from(pushed(m, l, 0, false))],
  ["Observable that emits at once", (m, l) => Dataset.from(pushed(m, l, 0, true))],
  ["Observable of a scheduler", (m, l) => Dataset.from(pushed(m, l, 0, true).pipe(rx.observeOn(rx.asapScheduler)))],
];

function mannerText({ length, first, failsAt, hangsAt, pace }: Manner): string {
  const fault = `${failsAt === undefined ? "" : `, fails at ${failsAt}`}${hangsAt === undefined ? "" : `, hangs at ${hangsAt}`}`;
  return `${length} from ${first}${fault}, ${paceText(pace)}`;
}

const anyCounted: fc.Arbitrary<Plan> = fc
  .tuple(fc.nat(perEpoch.length + constant.length - 1), anyManner)
  .map(([which, given]) => {
    const isPerEpoch = which < perEpoch.length;
    const [name, make] = (isPerEpoch ? perEpoch : constant)[isPerEpoch ? which : which - perEpoch.length] ?? [];
    if (!name || !make) throw new RangeError(`there is no source ${which}`);
    // What answers at once can't leave an answer out.
    const isSync = /iterable$/i.test(name) && !/async/i.test(name);
    const hangsAt = isSync || name.includes("function*") || given.hangsAt === given.failsAt ? undefined : given.hangsAt;
    const manner = { ...given, hangsAt: name === "async function*" ? given.hangsAt : hangsAt };
    return {
      code: `Dataset.from(${name} /* ${mannerText(manner)} */)`,
      isIndexed: false,
      hangs: manner.hangsAt !== undefined && manner.hangsAt < manner.length,
      build: (ledger: Ledger) => make(manner, ledger),
      model: (epoch: number) => itemsOf(manner, isPerEpoch ? epoch : 0),
    };
  });

const anyList: fc.Arbitrary<Plan> = fc
  .tuple(fc.array(fc.nat(99), { maxLength: 5 }), fc.option(anyPace))
  .map(([items, pace]) => ({
    code: pace ? `Dataset.lazy(async () => [${items}] /* ${paceText(pace)} */)` : `Dataset.from([${items}])`,
    isIndexed: true,
    hangs: false,
    build: (ledger) => {
      if (!pace) return Dataset.from(items);
      return Dataset.lazy(async () => {
        ledger.works("a list");
        await passed(pace);
        return items;
      });
    },
    model: () => items,
  }));

/** Sources over files. */
const filesPlans = ({ tar, shards, numbers }: NumberFiles): readonly Plan[] => [
  {
    code: `tarEntries("numbers.tar").pipe(map(({ name }) => Number(name)))`,
    isIndexed: false,
    hangs: false,
    build: () => tarEntries(tar).pipe(map(({ name }) => Number(name))),
    model: () => numbers,
  },
  {
    code: `readShards(["a.tar", "b.tar"]).pipe(map(({ __key__ }) => Number(__key__)))`,
    isIndexed: false,
    hangs: false,
    build: () => readShards(shards).pipe(map(({ __key__ }) => Number(__key__))),
    model: () => numbers,
  },
];

/** Any source. */
export function anySource(files: NumberFiles): fc.Arbitrary<Plan> {
  return fc.oneof(
    { weight: 16, arbitrary: anyCounted },
    { weight: 6, arbitrary: anyList },
    { weight: 1, arbitrary: fc.constantFrom(...filesPlans(files)) },
  );
}
