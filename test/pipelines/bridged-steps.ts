/** Operators of RxJS inside `Dataset.pipe`, for random pipelines, each with its model. */
import fc from "fast-check";
import * as rx from "rxjs";
import { map } from "../../operators/flow/map.ts";
import { rxjs } from "../../operators/flow/rxjs.ts";
import { type Ledger, never, passed } from "./ledger.ts";
import { Failure, type Plan, plainly, type Step, throwing, Unpredicted } from "./plan.ts";

type Operator = rx.OperatorFunction<number, number>;
type Work = (input: Iterable<number>) => Iterable<number>;

const same: Work = (input) => input;

function* mapped(input: Iterable<number>, work: (n: number) => Iterable<number>): Generator<number> {
  for (const n of input) yield* work(n);
}

function* limited(input: Iterable<number>, keeps: (n: number, count: number) => boolean): Generator<number> {
  let count = 0;
  for (const n of input) {
    if (!keeps(n, ++count)) return;
    yield n;
  }
}

function* takenFrom(input: Iterable<number>, count: number): Generator<number> {
  let left = count;
  if (left === 0) return;
  for (const n of input) {
    yield n;
    if (--left === 0) return;
  }
}

function* bufferedPairs(input: Iterable<number>): Generator<number> {
  let pending: number[] = [];
  for (const n of input) {
    pending.push(n);
    if (pending.length < 2) continue;
    yield pending.reduce((sum, each) => sum + each, 0);
    pending = [];
  }
  if (pending.length > 0) yield pending.reduce((sum, each) => sum + each, 0);
}

function* pairs(input: Iterable<number>): Generator<number> {
  let before: number | undefined;
  for (const n of input) {
    if (before !== undefined) yield before * 2 + n;
    before = n;
  }
}

function* sums(input: Iterable<number>): Generator<number> {
  let sum = 0;
  for (const n of input) yield (sum += n);
}

const later = async (n: number) => {
  await passed({ microtasks: 2, turns: 1 });
  return n + 1;
};

/**
 * Operators with what they give. Not those that drop what comes while they work: neighbors run as one, so what one
 * emits at once is dropped by the next, as in RxJS.
 */
const operators: Readonly<Record<string, readonly [Operator, Work]>> = {
  "map((n) => n + 1)": [rx.map((n) => n + 1), (input) => mapped(input, (n) => [n + 1])],
  "filter((n) => n % 2 === 0)": [rx.filter((n) => n % 2 === 0), (input) => mapped(input, (n) => (n % 2 ? [] : [n]))],
  "take(0)": [rx.take(0), () => []],
  "take(2)": [rx.take(2), (input) => takenFrom(input, 2)],
  "skip(1)": [
    rx.skip(1),
    function* (input) {
      let count = 0;
      for (const n of input) if (count++ > 0) yield n;
    },
  ],
  "takeWhile((n) => n % 5 !== 4)": [rx.takeWhile((n) => n % 5 !== 4), (input) => limited(input, (n) => n % 5 !== 4)],
  "concatMap((n) => of(n, n + 1))": [rx.concatMap((n) => rx.of(n, n + 1)), (input) => mapped(input, (n) => [n, n + 1])],
  "concatMap(async)": [rx.concatMap(later), (input) => mapped(input, (n) => [n + 1])],
  "mergeMap(async)": [rx.mergeMap(later), (input) => mapped(input, (n) => [n + 1])],
  "mergeMap((n) => from([n, n]), 2)": [rx.mergeMap((n) => rx.from([n, n]), 2), (input) => mapped(input, (n) => [n, n])],
  "bufferCount(2), map(sum)": [
    (source) =>
      source.pipe(
        rx.bufferCount(2),
        rx.map((list) => list.reduce((sum, n) => sum + n, 0)),
      ),
    bufferedPairs,
  ],
  "scan(sum)": [rx.scan((sum, n) => sum + n, 0), sums],
  "startWith(-1)": [rx.startWith(-1), (input) => concatOf([-1], input)],
  "endWith(-2)": [rx.endWith(-2), (input) => concatOf(input, [-2])],
  "concatWith(timer(0))": [rx.concatWith(rx.timer(0)), (input) => concatOf(input, [0])],
  "pairwise()": [
    (source) =>
      source.pipe(
        rx.pairwise(),
        rx.map(([a, b]) => a * 2 + b),
      ),
    pairs,
  ],
  "delay(0)": [rx.delay(0), same],
  "observeOn(asapScheduler)": [rx.observeOn(rx.asapScheduler), same],
  "observeOn(asyncScheduler)": [rx.observeOn(rx.asyncScheduler), same],
  "subscribeOn(asapScheduler)": [rx.subscribeOn(rx.asapScheduler), same],
  "takeUntil(NEVER)": [rx.takeUntil(rx.NEVER), same],
  "takeUntil(timer(1e6))": [rx.takeUntil(rx.timer(1e6)), same],
  "timeout(1e6)": [rx.timeout(1e6), same],
  "share()": [rx.share(), same],
  "shareReplay({ refCount: true })": [rx.shareReplay({ refCount: true, bufferSize: 1 }), same],
  "shareReplay(1)": [rx.shareReplay(1), same],
  "distinctUntilChanged()": [
    rx.distinctUntilChanged(),
    function* (input) {
      let before: number | undefined;
      for (const n of input) if (n !== before) yield (before = n);
    },
  ],
  "materialize(), dematerialize()": [(source) => source.pipe(rx.materialize(), rx.dematerialize()), same],
  "toArray(), concatAll()": [(source) => source.pipe(rx.toArray(), rx.concatAll()), (input) => [...input]],
  "defaultIfEmpty(7)": [
    rx.defaultIfEmpty(7),
    function* (input) {
      let isEmpty = true;
      for (const n of input) {
        isEmpty = false;
        yield n;
      }
      if (isEmpty) yield 7;
    },
  ],
  "combineLatestWith(of(1)), map(sum)": [
    (source) =>
      source.pipe(
        rx.combineLatestWith(rx.of(1)),
        rx.map(([a, b]) => a + b),
      ),
    (input) => mapped(input, (n) => [n + 1]),
  ],
  "withLatestFrom(interval(1e6) from 1)": [
    (source) =>
      source.pipe(
        rx.withLatestFrom(rx.interval(1e6).pipe(rx.startWith(1))),
        rx.map(([a, b]) => a + b),
      ),
    (input) => mapped(input, (n) => [n + 1]),
  ],
  "catchError(() => of(-3))": [
    rx.catchError(() => rx.of(-3)),
    function* (input) {
      try {
        yield* input;
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        yield -3;
      }
    },
  ],
  "delayWhen(() => timer(0))": [rx.delayWhen(() => rx.timer(0)), same],
};

function* concatOf(...inputs: readonly Iterable<number>[]): Generator<number> {
  for (const input of inputs) yield* input;
}

const plain: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(...Object.keys(operators)), fc.constantFrom(undefined, 1, 2, Number.POSITIVE_INFINITY))
  .map(([name, ahead]) => {
    const [operator, work] = operators[name] ?? [];
    if (!operator || !work) throw new RangeError(`there is no operator ${name}`);
    const options = ahead === undefined ? undefined : { ahead };
    return {
      code: options ? `rxjs(rx.${name}, { ahead: ${ahead} })` : `rx.${name}`,
      keepsIndex: false,
      build: (source) => (options ? source.pipe(rxjs(operator, options)) : source.pipe(operator)),
      model: plainly(/async\)|delay/.test(name) ? (input) => untilFailure(work(input)) : work),
    };
  });

/** An operator that takes its time loses what it holds when its input fails, as in RxJS: how much, isn't said here. */
function* untilFailure(items: Iterable<number>): Generator<number> {
  const all: number[] = [];
  try {
    all.push(...items);
  } catch (failure) {
    throw failure instanceof Failure ? new Unpredicted() : failure;
  }
  yield* all;
}

/** Again from the source: as often as told, or after a failure. */
const again: fc.Arbitrary<Step> = fc.constantFrom("repeat", "retry").map((name) => ({
  // After another stage: what came before it in RxJS would be subscribed to again, and `shareReplay` would replay.
  code: name === "repeat" ? "map((n) => n), rx.repeat(2)" : "map((n) => n), rx.retry(1)",
  keepsIndex: false,
  build: (source) =>
    source.pipe(
      map((n) => n),
      name === "repeat" ? rx.repeat(2) : rx.retry(1),
    ),
  *model(input, epoch) {
    for (let n = 0; n < 2; n++) {
      try {
        yield* throwing(input(epoch));
        if (name === "retry") return;
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (name === "repeat" || n === 1) return yield failure;
      }
    }
  },
}));

/** An operator of the user's own, whose teardown is counted. */
const counted: Step = {
  code: "(source) => new Observable(counted)",
  keepsIndex: false,
  build: (source, ledger) => source.pipe(countedOperator(ledger)),
  model: plainly(same),
};

function countedOperator(ledger: Ledger): Operator {
  return (source) =>
    new rx.Observable((subscriber) => {
      const open = ledger.opens("an operator of RxJS");
      subscriber.add(() => open.close());
      return source.subscribe(subscriber);
    });
}

const failing: fc.Arbitrary<Step> = fc.nat(6).map((rest) => ({
  code: `rx.map(throws if n % 7 is ${rest})`,
  keepsIndex: false,
  build: (source, ledger) =>
    source.pipe(
      rx.map((n) => {
        if (n % 7 === rest) throw ledger.planted;
        return n;
      }),
    ),
  model: plainly((input) =>
    mapped(input, (n) => {
      if (n % 7 === rest) throw new Failure("source");
      return [n];
    }),
  ),
}));

const hanging: fc.Arbitrary<Step> = fc.constantFrom("NEVER", "async").map((name) => ({
  code: name === "NEVER" ? "rx.concatMap(() => NEVER)" : "rx.concatMap(never answers)",
  keepsIndex: false,
  hangs: true,
  build: (source) => source.pipe(name === "NEVER" ? rx.concatMap(() => rx.NEVER) : rx.concatMap(() => never())),
  model: plainly(same),
}));

/** The items of another pipeline, pushed, for every item. */
const concatMapOf = (inner: Plan): Step => ({
  code: `rx.concatMap(() => ${inner.code}.epoch(0))`,
  keepsIndex: false,
  hangs: inner.hangs,
  build: (source, ledger) => source.pipe(rx.concatMap(() => inner.build(ledger).epoch(0))),
  model: plainly((input) => mapped(input, () => throwing(inner.model(0)))),
});

/** Steps of RxJS, some with pipelines in them. */
export function anyBridgedStep(plan: fc.Arbitrary<Plan>): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 12, arbitrary: plain },
    again,
    fc.constant(counted),
    failing,
    hanging,
    plan.map(concatMapOf),
  );
}
