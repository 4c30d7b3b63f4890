/** Pipelines of every kind of stage at random, to be stopped and continued. */
import fc from "fast-check";
import * as rx from "rxjs";
import { Dataset, type IndexedDataset, memoryStore, type Volume } from "voxrx";
import { countSchema, numberSchema, partsOperator, randomVolumeOperator, volumeOperator } from "voxrx/extend";
import * as op from "voxrx/operators";
import { ramp } from "./volumes.ts";

/** What flows through these pipelines, but after `batch`. */
interface Scan {
  readonly image: Volume;
  readonly n: number;
}

/** How a pipeline is run, which must not matter: numbers for look-ahead, and whether there are caches. */
export interface Way {
  readonly ahead: number;
  readonly isCached: boolean;
}

/** One more operator, by name, so that a failing case can be read. */
interface Step {
  readonly name: string;
  /** Needs a dataset with an index. */
  readonly indexed?: boolean;
  /** Ends at the first item that fails: failing ones are left out before it. */
  readonly endsAtFailure?: boolean;
  /** Makes several items of one: there are few of these in a pipeline. */
  readonly grows?: boolean;
  /** `size` is a number from 1 to 5. */
  readonly add: (source: Dataset<Scan>, size: number, way: Way) => Dataset<Scan>;
}

const shift = volumeOperator<{ readonly by: number }>()({
  name: "shift",
  version: 1,
  options: { by: numberSchema },
  each: (volume, { by }) => volume.mapSamples((value) => value + by),
});

const randScale = randomVolumeOperator<object>()({
  name: "randScale",
  version: 1,
  prob: 0.7,
  options: {},
  draw: (random) => random.uniform(1, 2),
  apply: (volume, factor) => volume.mapSamples((value) => value * factor),
});

const randRows = partsOperator<{ readonly rows: number }>()({
  name: "randRows",
  version: 1,
  options: { rows: countSchema },
  count: ({ rows }) => rows,
  draw: (random, { rows }) => Array.from({ length: rows }, () => random.integer(2)),
  apply: (volume, row) => volume.crop([row], [row + 1]),
});

const quiet = { onProgress: () => undefined };
const skipping = op.onError({ skip: true, maxItems: 1e9, onSkip: () => undefined });

/** Waits a number of turns that depends on the item, so that items finish in another order than they began. */
async function waited(scan: Scan): Promise<Scan> {
  for (let i = 0; i < (scan.n * 7) % 4; i++) await new Promise((resolve) => setImmediate(resolve));
  return scan;
}

const windows = op.slidingWindow({ keys: "image", roiSize: [1, 2], overlap: 0 });

const failingWindow = (rest: number) => (scan: Scan) => {
  if (Math.floor(scan.image.get(0, 0, 0) ?? 0) % 5 === rest) throw new Error(`a window of ${scan.n} is bad`);
  return scan;
};

const failingAt = (rest: number) => (scan: Scan) => {
  if (Math.floor(scan.n) % 5 === rest) throw new Error(`item ${scan.n} is bad`);
  return scan;
};

const items = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i): Scan => ({ image: ramp([1, 2, 2], "float32", first + i), n: first + i }));

const [nothing = never()] = items(1);
const ofIndex = (source: Dataset<Scan>): IndexedDataset<Scan> => source.asIndexed();
const other = () => Dataset.from(items(3, 50));

const table = () => Dataset.from([5, 1, 3, 0].map((row) => ({ row, plus: row * 2 }))).pipe(op.shuffle());
const strategies = ["firstExhausted", "allExhausted", "allExhaustedWithoutReplacement"] as const;

const sources: Readonly<Record<string, (count: number) => Dataset<Scan>>> = {
  list: (count) => Dataset.from(items(count)),
  "lazy list": (count) => Dataset.lazy(async () => items(count)),
  stream: (count) => Dataset.from(() => items(count).values()),
  "async stream": (count) =>
    Dataset.from(async function* () {
      for (const item of items(count)) {
        await new Promise((resolve) => setImmediate(resolve));
        yield item;
      }
    }),
  push: (count) => Dataset.from(rx.from(items(count))),
};

const steps: readonly Step[] = [
  { name: "map", add: (ds) => ds.pipe(op.map((scan) => ({ ...scan, n: scan.n + 1 }), { version: 1 })) },
  { name: "map async", add: (ds) => ds.pipe(op.map(waited)) },
  {
    name: "opaque map that draws",
    add: (ds) => ds.pipe(op.map((scan, { random }) => ({ ...scan, n: scan.n + random().integer(3) }))),
  },
  { name: "shift", add: (ds, by) => ds.pipe(shift({ keys: "image", by })) },
  { name: "randScale", add: (ds) => ds.pipe(randScale({ keys: "image" })) },
  { name: "filter", add: (ds) => ds.pipe(op.filter(({ n }) => n % 3 !== 1)) },
  {
    name: "mapAsync",
    add: (ds, size, { ahead }) => ds.pipe(op.mapAsync(waited, { concurrency: 1 + ((size + ahead) % 4) })),
  },
  { name: "tap", add: (ds) => ds.pipe(op.tap(() => undefined)) },
  { name: "fails", add: (ds, rest) => ds.pipe(op.map(failingAt(rest - 1))) },
  { name: "fails later", add: (ds, rest) => ds.pipe(op.mapAsync(async (scan) => failingAt(rest - 1)(scan))) },
  { name: "onError", add: (ds) => ds.pipe(skipping) },
  { name: "take", add: (ds, size) => ds.pipe(op.take(5 * size)) },
  { name: "skip", add: (ds, size) => ds.pipe(op.skip(size)) },
  { name: "shuffle", add: (ds, size) => ds.pipe(op.shuffle({ seed: size, buffer: size })) },
  {
    name: "shuffle in few bytes",
    add: (ds, size) => ds.pipe(op.shuffle({ buffer: 4 + size, maxBytes: 1000 + 200 * size })),
  },
  { name: "batch, unbatch", add: (ds, size) => ds.pipe(op.batch(size), op.unbatch()) },
  {
    name: "batch to list, its first",
    add: (ds, size) =>
      ds.pipe(
        op.batch({ size, collate: "list", dropLast: size > 3 }),
        op.map(([first]) => first ?? never()),
      ),
  },
  {
    name: "flatMap",
    grows: true,
    add: (ds, size) =>
      ds.pipe(
        op.flatMap((scan) => Array.from({ length: Math.floor(scan.n) % size }, (_, k) => ({ ...scan, n: scan.n + k }))),
      ),
  },
  {
    name: "flatMap that fails",
    grows: true,
    add: (ds, size) => ds.pipe(op.flatMap((scan) => partsThatFail(scan, size))),
  },
  {
    name: "randRows",
    grows: true,
    add: (ds, rows) =>
      ds.pipe(
        randRows({ keys: "image", rows: Math.min(rows, 3) }),
        op.map((scan) => ({ ...scan, image: ramp([1, 2, 2], "float32", scan.image.get(0, 0, 0)) })),
      ),
  },
  { name: "subset", indexed: true, add: (ds, size) => ofIndex(ds).pipe(op.subset(size > 2 ? [0, -1, 0] : [-1])) },
  { name: "repeat", grows: true, add: (ds, count) => ds.pipe(op.repeat(Math.min(count, 3))) },
  { name: "indexed", endsAtFailure: true, add: (ds) => ds.pipe(op.indexed()) },
  { name: "concat", grows: true, add: (ds, size) => (size % 2 ? op.concat(ds, other()) : op.concat(other(), ds)) },
  { name: "concat by index", grows: true, indexed: true, add: (ds) => op.concat(ofIndex(ds), other(), ofIndex(ds)) },
  {
    name: "zip",
    add: (ds) => op.zip(ds, ds.pipe(op.repeat(2))).pipe(op.map(([a, b]) => ({ ...a, n: a.n + 10 * b.n }))),
  },
  {
    name: "zip by index",
    indexed: true,
    add: (ds) =>
      op.zip(ofIndex(ds), ofIndex(ds).pipe(op.shuffle())).pipe(op.map(([a, b]) => ({ ...a, n: a.n + 10 * b.n }))),
  },
  {
    name: "mix",
    grows: true,
    add: (ds, size) =>
      op.mix(
        [
          { dataset: ds, weight: size },
          { dataset: other(), weight: 2 },
        ],
        { stoppingStrategy: strategies[size % 3] },
      ),
  },
  {
    name: "mix by index",
    grows: true,
    indexed: true,
    add: (ds, size) =>
      op.mix(
        [
          { dataset: other(), weight: 0.3 },
          { dataset: ofIndex(ds).pipe(op.shuffle()) },
          { dataset: ofIndex(ds), weight: size },
        ],
        { stoppingStrategy: strategies[size % 3] },
      ),
  },
  {
    name: "balance",
    grows: true,
    endsAtFailure: true,
    add: (ds, size) =>
      ds.pipe(
        op.balance({
          by: ({ n }) => Math.floor(n) % 3 === 0,
          strategy: size % 2 ? "undersample" : "oversample",
          seed: size,
        }),
      ),
  },
  {
    name: "join",
    add: (ds, size) =>
      op
        .join(ds, table(), {
          on: { left: ({ n }) => Math.floor(n) % 7, right: "row" },
          how: size % 2 ? "left" : "inner",
        })
        .pipe(op.map(({ plus = 0, row = -1, ...scan }) => ({ ...scan, n: scan.n + plus + row }))),
  },
  {
    name: "prefetch",
    add: (ds, size, { ahead }) =>
      ds.pipe(op.prefetch({ buffer: 1 + ((size + ahead) % 5), concurrency: 1 + ((size + ahead) % 3) })),
  },
  { name: "windows, stitched", add: (ds) => ds.pipe(windows, op.stitch({ keys: "image" })) },
  {
    name: "windows of which some fail, stitched",
    add: (ds, size) => ds.pipe(windows, op.map(failingWindow(size)), op.stitch({ keys: "image" })),
  },
  { name: "progress", add: (ds) => ds.pipe(op.progress(quiet)) },
  {
    name: "cacheUntilRandom",
    add: (ds, size, { isCached }) =>
      isCached ? ds.pipe(op.cacheUntilRandom({ store: memoryStore(), ...(size > 3 ? { cacheNum: 2 } : {}) })) : ds,
  },
  {
    name: "smartReplace",
    indexed: true,
    add: (ds, cacheNum) => ds.pipe(op.smartReplace({ cacheNum, replaceRate: 0.4 })),
  },
  { name: "epochs", grows: true, add: (ds) => ds.epochs(1, 3) },
  { name: "epoch", add: (ds, n) => ds.epoch(n) },
  { name: "share", add: (ds, maxLag) => ds.share({ maxLag }) },
  {
    name: "rxjs",
    grows: true,
    endsAtFailure: true,
    add: (ds, size) =>
      ds.pipe(
        rx.scan<Scan, Scan>((sum, scan) => ({ ...scan, n: sum.n + scan.n }), { ...nothing, n: 0 }),
        op.rxjs(
          rx.concatMap((scan) => rx.of(scan, { ...scan, n: size })),
          { ahead: size },
        ),
      ),
  },
];

function* partsThatFail(scan: Scan, size: number): Generator<Scan> {
  yield scan;
  if (Math.floor(scan.n) % 4 === size % 4) throw new Error("a part is bad");
  yield { ...scan, n: scan.n + 0.5 };
}

function never(): never {
  throw new Error("a batch has an item");
}

/** A pipeline that is built anew for each run, in one way or another. */
export interface Resumable {
  /** The pipeline, items that fail left out. */
  readonly build: (way: Way) => Dataset<Scan>;
  /** The same without leaving any out; undefined if some fail. */
  readonly bare: (() => Dataset<Scan>) | undefined;
  /** Its operators, so that a failing case can be read. */
  toString(): string;
}

const mostGrowing = 3;

type Pick = readonly [pick: number, size: number];

function resumable(source: string, count: number, picks: readonly Pick[]): Resumable {
  const names = [`${source} of ${count}`];
  const chosen: { readonly step: Step; readonly size: number }[] = [];
  let made = sources[source]?.(count) ?? never();
  for (const [pick, size] of picks) {
    const growing = chosen.filter(({ step }) => step.grows).length;
    const possible = steps.filter(
      ({ indexed, grows }) => (!indexed || made.stage.index !== undefined) && (!grows || growing < mostGrowing),
    );
    const step = possible[pick % possible.length] ?? never();
    chosen.push({ step, size });
    names.push(`${step.name} ${size}`);
    made = added(made, step, size, { ahead: 0, isCached: true });
  }
  const built = (way: Way) => {
    const first = sources[source]?.(count) ?? never();
    return chosen.reduce((ds, { step, size }) => added(ds, step, size, way), first);
  };
  const fails = chosen.some(({ step }) => /fail/.test(step.name));
  return {
    build: (way) => aheadOf(built(way), way).pipe(skipping),
    bare: fails ? undefined : () => built({ ahead: 0, isCached: false }),
    toString: () => names.join(" | "),
  };
}

function added(ds: Dataset<Scan>, { add, endsAtFailure }: Step, size: number, way: Way): Dataset<Scan> {
  return add(endsAtFailure ? ds.pipe(skipping) : ds, size, way);
}

/** In every other way all of the pipeline is computed ahead: by index, if it has one. */
function aheadOf(ds: Dataset<Scan>, { ahead }: Way): Dataset<Scan> {
  return ahead % 2 === 0 ? ds : ds.pipe(op.prefetch({ buffer: 1 + (ahead % 3), concurrency: 2 }));
}

/** Pipelines of up to seven operators. */
export const anyResumable: fc.Arbitrary<Resumable> = fc
  .tuple(
    fc.constantFrom(...Object.keys(sources)),
    fc.integer({ min: 1, max: 11 }),
    fc.array(fc.tuple(fc.nat({ max: 10_000 }), fc.integer({ min: 1, max: 5 })), { maxLength: 7 }),
  )
  .map(([source, count, picks]) => resumable(source, count, picks));

/**
 * Every operator over every source; and over a list and a stream of which two items fail, the last one among them, and over several parts of
 * each item of that list.
 */
export const eachResumable: readonly Resumable[] = Object.keys(sources).flatMap((source) => {
  const isIndexed = source.endsWith("list");
  const possible = steps.filter(({ indexed }) => !indexed || isIndexed);
  const placeOf = (wanted: string) => possible.findIndex(({ name }) => name === wanted);
  const failing: Pick = [placeOf("fails"), 4];
  const parts: Pick = [placeOf("randRows"), 3];
  const before: Readonly<Record<string, readonly (readonly Pick[])[]>> = {
    list: [[], [failing], [failing, parts]],
    stream: [[], [failing]],
  };
  return possible.flatMap((_, n) => (before[source] ?? [[]]).map((picks) => resumable(source, 9, [...picks, [n, 4]])));
});

/** Ways to run a pipeline. */
export const anyWay: fc.Arbitrary<Way> = fc.record({ ahead: fc.nat({ max: 20 }), isCached: fc.boolean() });
