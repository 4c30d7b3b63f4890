/** Every operator that rxjs exports, and how it behaves inside `Dataset.pipe`. */

import type { OperatorFunction } from "rxjs";
import * as rx from "rxjs";

/** What the outputs for a finite source are compared with. */
type Expected =
  /** What the operator gives in plain RxJS for the same items. */
  | "plain"
  /** The same, in any order. */
  | "unordered"
  /** The items themselves, unchanged and complete, though plain RxJS would lose some to its clock. */
  | "items"
  /** Lists that hold the items, complete and in order, however they are cut. */
  | "cut"
  /** What another source decides. */
  | "other"
  | readonly unknown[];

/** One row of the table. */
export interface Row {
  readonly operator: OperatorFunction<number, unknown>;
  /**
   * Items requested until the third output (or the last, if there are fewer); "free": until another source emits or a
   * timer fires.
   */
  readonly asks: number | "all" | "free";
  readonly expected: Expected;
  readonly note?: string;
}

const soon = <T>(value: T) => rx.timer(1).pipe(rx.map(() => value));
const items = Array.from({ length: 20 }, (_, n) => n);
const sums = items.map((n) => (n * (n + 1)) / 2);
const boxed = rx.map((n: number) => ({ n }));
const later = rx.map((n: number) => soon(n));
const atOnce = rx.map((n: number) => rx.of(n));
const list = rx.mergeMap((part: rx.Observable<number>) => part.pipe(rx.toArray()));
const add = (sum: number, n: number) => soon(sum + n);
const clock = "Its clock starts when an item is requested. It is idle by then, so it drops nothing.";
const second = "Receives items freely until its other source emits or its timer fires.";
const inner = "The next item is requested after the inner Observable has completed.";
const again = "Subscribes to its source again, in the same epoch.";
const sevens = items.map(() => 7);

const row = (operator: OperatorFunction<number, unknown>, asks: Row["asks"], expected: Expected, note?: string): Row =>
  note ? { operator, asks, expected, note } : { operator, asks, expected };

/** The table. Its keys are the names under which rxjs exports the operators. */
export const table: Readonly<Record<string, Row>> = {
  audit: row(
    rx.audit(() => rx.timer(1)),
    3,
    "items",
    clock,
  ),
  auditTime: row(rx.auditTime(1), 3, "items", clock),
  buffer: row(rx.buffer(rx.interval(2)), "free", "cut", second),
  bufferCount: row(rx.bufferCount(2), 6, "plain"),
  bufferTime: row(rx.bufferTime(1), "free", "cut", second),
  bufferToggle: row(
    rx.bufferToggle(rx.interval(2), () => rx.timer(1)),
    "free",
    "other",
    second,
  ),
  bufferWhen: row(
    rx.bufferWhen(() => rx.timer(1)),
    "free",
    "cut",
    second,
  ),
  catchError: row(
    rx.catchError(() => rx.of(-1)),
    3,
    "plain",
  ),
  combineLatestAll: row((s) => s.pipe(atOnce, rx.combineLatestAll()), "all", "plain"),
  combineLatestWith: row(
    rx.combineLatestWith(rx.of(0)),
    3,
    items.map((n) => [n, 0]),
  ),
  concatAll: row((s) => s.pipe(later, rx.concatAll()), 3, "plain", inner),
  concatMap: row(rx.concatMap(soon), 3, "plain", inner),
  concatMapTo: row(rx.concatMapTo(soon(7)), 3, "plain", inner),
  concatWith: row(rx.concatWith(rx.of(-1)), 3, "plain"),
  connect: row(
    rx.connect((s) => s.pipe(rx.map(String))),
    3,
    "plain",
    "Inside, only the work of the last operator is detected.",
  ),
  count: row(rx.count(), "all", "plain"),
  debounce: row(
    rx.debounce(() => rx.timer(1)),
    3,
    "items",
    clock,
  ),
  debounceTime: row(rx.debounceTime(1), 3, "items", clock),
  defaultIfEmpty: row(rx.defaultIfEmpty(0), 3, "plain"),
  delay: row(rx.delay(1), 3, "plain", clock),
  delayWhen: row(
    rx.delayWhen(() => rx.timer(1)),
    3,
    "plain",
    clock,
  ),
  dematerialize: row((s) => s.pipe(rx.materialize(), rx.dematerialize()), 3, "plain"),
  distinct: row(
    (s) =>
      s.pipe(
        rx.map((n) => n >> 1),
        rx.distinct(),
      ),
    5,
    "plain",
  ),
  distinctUntilChanged: row(
    (s) =>
      s.pipe(
        rx.map((n) => n >> 1),
        rx.distinctUntilChanged(),
      ),
    5,
    "plain",
  ),
  distinctUntilKeyChanged: row((s) => s.pipe(boxed, rx.distinctUntilKeyChanged("n")), 3, "plain"),
  elementAt: row(rx.elementAt(2), 3, "plain"),
  endWith: row(rx.endWith(-1), 3, "plain"),
  every: row(
    rx.every((n) => n < 5),
    6,
    "plain",
  ),
  exhaustAll: row((s) => s.pipe(later, rx.exhaustAll()), 3, "items", `Drops nothing. ${inner}`),
  exhaustMap: row(rx.exhaustMap(soon), 3, "items", `Drops nothing. ${inner}`),
  expand: row(
    rx.expand((n) => (n < 100 ? soon(n + 100) : rx.EMPTY)),
    2,
    items.flatMap((n) => [n, n + 100]),
    inner,
  ),
  filter: row(
    rx.filter((n) => n % 2 === 0),
    5,
    "plain",
  ),
  finalize: row(
    rx.finalize(() => undefined),
    3,
    "plain",
  ),
  find: row(
    rx.find((n) => n === 2),
    3,
    "plain",
  ),
  findIndex: row(
    rx.findIndex((n) => n > 1),
    3,
    "plain",
  ),
  first: row(rx.first(), 1, "plain"),
  groupBy: row(
    (s) =>
      s.pipe(
        rx.groupBy((n) => n % 3),
        rx.map((group) => group.key),
      ),
    3,
    "plain",
    "Followed by `mergeMap`, it needs `rxjs(op, { ahead })`: its groups wait for later items.",
  ),
  ignoreElements: row(rx.ignoreElements(), "all", "plain"),
  isEmpty: row(rx.isEmpty(), 1, "plain"),
  last: row(rx.last(), "all", "plain"),
  map: row(
    rx.map((n) => n + 1),
    3,
    "plain",
  ),
  mapTo: row(rx.mapTo(1), 3, "plain"),
  materialize: row(rx.materialize(), 3, "plain"),
  max: row(rx.max(), "all", "plain"),
  mergeAll: row(
    (s) => s.pipe(later, rx.mergeAll()),
    3,
    "plain",
    `${inner} With \`rxjs(op, { ahead })\` several run at once.`,
  ),
  mergeMap: row(rx.mergeMap(soon), 3, "plain", `${inner} With \`rxjs(op, { ahead })\` several run at once.`),
  mergeMapTo: row(rx.mergeMapTo(soon(7)), 3, "plain", inner),
  mergeScan: row(rx.mergeScan(add, 0), 3, sums, inner),
  mergeWith: row(rx.mergeWith(rx.of(-1)), 2, "unordered"),
  min: row(rx.min(), "all", "plain"),
  observeOn: row(rx.observeOn(rx.asyncScheduler), 3, "plain"),
  onErrorResumeNextWith: row(rx.onErrorResumeNextWith(rx.of(-1)), 3, "plain"),
  pairwise: row(rx.pairwise(), 4, "plain"),
  pluck: row((s) => s.pipe(boxed, rx.pluck("n")), 3, "plain"),
  raceWith: row(rx.raceWith(rx.NEVER), 3, "plain"),
  reduce: row(
    rx.reduce((sum, n) => sum + n, 0),
    "all",
    "plain",
  ),
  repeat: row(rx.repeat(2), 3, "plain", again),
  repeatWhen: row(
    rx.repeatWhen((ends) => ends.pipe(rx.take(1))),
    3,
    [...items, ...items],
    again,
  ),
  retry: row(rx.retry(1), 3, "plain", again),
  retryWhen: row(
    rx.retryWhen((errors) => errors),
    3,
    "plain",
    again,
  ),
  sample: row(rx.sample(rx.interval(1)), "free", "other", second),
  sampleTime: row(rx.sampleTime(1), "free", "other", second),
  scan: row(
    rx.scan((sum, n) => sum + n, 0),
    3,
    "plain",
  ),
  sequenceEqual: row(rx.sequenceEqual(rx.of(0, 1, 2)), 4, "plain"),
  share: row(rx.share(), 3, "plain", "Shares nothing between runs; use `dataset.share()`."),
  shareReplay: row(rx.shareReplay(), 3, "plain", "Shares nothing between runs; use `dataset.share()`."),
  single: row(
    rx.single((n) => n === 3),
    "all",
    "plain",
  ),
  skip: row(rx.skip(2), 5, "plain"),
  skipLast: row(rx.skipLast(2), 5, "plain"),
  skipUntil: row(rx.skipUntil(rx.timer(1)), "free", "other", second),
  skipWhile: row(
    rx.skipWhile((n) => n < 2),
    5,
    "plain",
  ),
  startWith: row(rx.startWith(-1), 2, "plain"),
  subscribeOn: row(rx.subscribeOn(rx.asyncScheduler), 3, "plain"),
  switchAll: row((s) => s.pipe(later, rx.switchAll()), 3, "items", `Drops nothing. ${inner}`),
  switchMap: row(rx.switchMap(soon), 3, "items", `Drops nothing. ${inner}`),
  switchMapTo: row(rx.switchMapTo(soon(7)), 3, sevens, `Drops nothing. ${inner}`),
  switchScan: row(rx.switchScan(add, 0), 3, sums, `Drops nothing. ${inner}`),
  take: row(rx.take(2), 2, "plain"),
  takeLast: row(rx.takeLast(2), "all", "plain"),
  takeUntil: row(rx.takeUntil(rx.NEVER), 3, "plain"),
  takeWhile: row(
    rx.takeWhile((n) => n < 5),
    3,
    "plain",
  ),
  tap: row(
    rx.tap(() => undefined),
    3,
    "plain",
  ),
  throttle: row(
    rx.throttle(() => rx.timer(1)),
    3,
    "items",
    clock,
  ),
  throttleTime: row(rx.throttleTime(1), 3, "items", clock),
  throwIfEmpty: row(rx.throwIfEmpty(), 3, "plain"),
  timeInterval: row(
    (s) =>
      s.pipe(
        rx.timeInterval(),
        rx.map(({ value }) => value),
      ),
    3,
    "plain",
  ),
  timeout: row(rx.timeout({ each: 5000 }), 3, "plain", "Its timer also runs while the consumer is busy."),
  timeoutWith: row(rx.timeoutWith(5000, rx.of(-1)), 3, "plain", "Its timer also runs while the consumer is busy."),
  timestamp: row(
    (s) =>
      s.pipe(
        rx.timestamp(),
        rx.map(({ value }) => value),
      ),
    3,
    "plain",
  ),
  toArray: row(rx.toArray(), "all", "plain"),
  window: row((s) => s.pipe(rx.window(rx.interval(2)), list), "free", "cut", second),
  windowCount: row((s) => s.pipe(rx.windowCount(2), list), 6, "plain"),
  windowTime: row((s) => s.pipe(rx.windowTime(1), list), "free", "cut", second),
  windowToggle: row(
    (s) =>
      s.pipe(
        rx.windowToggle(rx.interval(2), () => rx.timer(1)),
        list,
      ),
    "free",
    "other",
    second,
  ),
  windowWhen: row(
    (s) =>
      s.pipe(
        rx.windowWhen(() => rx.timer(1)),
        list,
      ),
    "free",
    "cut",
    second,
  ),
  withLatestFrom: row(rx.withLatestFrom(rx.of(0)), 3, "plain"),
  zipAll: row((s) => s.pipe(atOnce, rx.zipAll()), "all", "plain"),
  zipWith: row(
    rx.zipWith(rx.interval(1)),
    "free",
    items.map((n) => [n, n]),
    second,
  ),
};

/** Other names of operators that are in the table. */
export const aliases: Readonly<Record<string, keyof typeof rx>> = {
  combineAll: "combineLatestAll",
  exhaust: "exhaustAll",
  flatMap: "mergeMap",
};

/** Functions of rxjs that are not in the table, and why. */
export const exceptions: Readonly<Record<string, readonly string[]>> = {
  "Creates an Observable from its arguments, so it has no source inside a pipeline": [
    ...["bindCallback", "bindNodeCallback", "combineLatest", "concat", "connectable", "defer", "empty", "forkJoin"],
    ...["from", "fromEvent", "fromEventPattern", "generate", "iif", "interval", "merge", "never", "of"],
    ...["onErrorResumeNext", "pairs", "partition", "race", "range", "scheduled", "throwError", "timer", "using", "zip"],
    "animationFrames",
  ],
  "Deprecated multicast: one run has nothing to share, and a connectable has to be started by hand": [
    ...["multicast", "publish", "publishBehavior", "publishLast", "publishReplay", "refCount"],
  ],
  "Not an operator": ["firstValueFrom", "identity", "isObservable", "lastValueFrom", "noop", "pipe"],
};

/** The page for readers, docs/rxjs-table.md. */
export function pageText(): string {
  const asks = ({ asks }: Row) => (asks === "free" ? "varies" : String(asks));
  const rows = Object.entries(table).map(([name, row]) => `| ${code(name)} | ${asks(row)} | ${row.note ?? ""} |`);
  const others = Object.entries(aliases).map(([alias, name]) => `${code(alias)} is ${code(name)}`);
  const missing = Object.entries(exceptions).map(([why, names]) => `| ${names.map(code).join(", ")} | ${why}. |`);
  return `# RxJS operators in a pipeline

\`Dataset.pipe\` takes any operator of RxJS 7. It is applied once per run and receives one item at a time, only while
the consumer waits. Use this page to see what that means for an operator: how many items it requests, whether it waits
for the end of its source, and when its clock starts. The test suite writes the page and checks every row: the number of
items, the outputs, and that the source is closed when the run ends, fails or is aborted.

The second column is the number of items that the operator requests from its source before its third output, or its
last one if there are fewer. \`all\` means that it waits for the end of the source; \`varies\` that a second source
or a timer decides. More about this is in [the guide](guide/backpressure.md#rxjs-operators-inside).

| operator | items requested for 3 outputs | remarks |
| --- | --- | --- |
${rows.join("\n")}

Other names: ${others.join(", ")}.

## Functions that are not in the table

| functions | reason |
| --- | --- |
${missing.join("\n")}
`;
}

function code(name: string): string {
  return `\`${name}\``;
}
