/** Wherever a function of a user is called, what it throws leaves VoxRx as an error that names operator and item. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as rx from "rxjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Dataset,
  downloadFile,
  extractArchive,
  FormatError,
  isVoxRxError,
  memoryStore,
  onWarning,
  readVolume,
  registerFormat,
  type Store,
  saveImage,
  tieredStore,
  Volume,
  type VoxRxError,
} from "voxrx";
import { crossValidation, defineDataset, partition, readShards } from "voxrx/datasets";
import {
  declareStage,
  flowOperator,
  randomVolumeOperator,
  stageOperator,
  storeOver,
  volumeOperator,
} from "voxrx/extend";
import {
  batch,
  cacheUntilRandom,
  compose,
  dataStats,
  filter,
  flatMap,
  lambda,
  load,
  map,
  mapAsync,
  onError,
  oneOf,
  prefetch,
  progress,
  randLambda,
  shuffle,
  smartReplace,
  tap,
  writeShards,
  zip,
} from "voxrx/operators";
import { warn } from "../../src/warnings.ts";
import { tarOf } from "../support/archives.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "thrown-"));
  await writeFile(join(dir, "a.thrown"), "thrown");
  await writeFile(join(dir, "s.tar"), await tarOf([{ name: "k1.bad", content: "x" }]));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What is thrown. Called again for each place. */
const thrown: Readonly<Record<string, () => unknown>> = {
  "an error": () => new Error("boom"),
  "a frozen error": () => Object.freeze(new Error("cold")),
  "an object without a prototype": () => Object.create(null),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a proxy that has everything": () => new Proxy({}, { has: () => true, get: () => "VOXRX_ALL" }),
  "a proxy that only throws": () =>
    new Proxy(new Error(), {
      get() {
        throw new Error("trap");
      },
    }),
  undefined: () => undefined,
  "a symbol": () => Symbol("mark"),
};

type Thrower = () => never;

interface Place {
  readonly name: string;
  readonly operator: string | undefined;
  readonly item: string | undefined;
  run(fail: Thrower): unknown;
  /** Default: VOXRX_TRANSFORM_FAILED. */
  readonly code?: string;
  /** Whether onError goes on after the item. Default: whether there is an item. */
  readonly isSkipped?: boolean;
  /** The same as a dataset of 3 items, of which the second fails. */
  dataset?(fail: (n: unknown) => void): Dataset<unknown>;
}

const volume = () => new Volume({ data: new Float32Array(8), shape: [1, 2, 2, 2], layout: "x-fastest" });
const volumes = () => Dataset.from([{ image: volume() }]);
const all = (dataset: Dataset<unknown>) => dataset.toArray();

/** A store of a user in which one method throws. */
function storeWith(fail: Thrower, method: keyof Store): Store {
  const store = memoryStore({ maxBytes: "1MiB" });
  return new Proxy(store, {
    get: (target, name) => {
      if (name === method) return async () => fail();
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

const ofSources: Pick<Place, "name" | "run">[] = [
  { name: "a function", run: (fail) => all(Dataset.from(() => fail())) },
  { name: "an async function", run: (fail) => all(Dataset.from((async () => fail()) as never)) },
  {
    name: "a generator",
    run: (fail) =>
      all(
        Dataset.from(function* () {
          yield 1;
          fail();
        }),
      ),
  },
  {
    name: "an async generator",
    run: (fail) =>
      all(
        Dataset.from(async function* () {
          yield 1;
          fail();
        }),
      ),
  },
  { name: "Symbol.iterator", run: (fail) => all(Dataset.from({ [Symbol.iterator]: () => fail() })) },
  { name: "next", run: (fail) => all(Dataset.from(() => ({ [Symbol.iterator]: () => ({ next: () => fail() }) }))) },
  {
    name: "a getter of a step",
    run: (fail) =>
      all(
        Dataset.from(() => ({
          [Symbol.iterator]: () => ({
            next: () => ({
              get done() {
                return fail();
              },
              value: 1,
            }),
          }),
        })),
      ),
  },
  {
    name: "return",
    run: async (fail) => {
      const endless = { next: () => ({ done: false, value: 1 }), return: () => fail() };
      for await (const _ of Dataset.from(() => ({ [Symbol.iterator]: () => endless }))) break;
    },
  },
  { name: "a promise", run: (fail) => all(Dataset.from(new Promise((resolve) => resolve(0)).then(() => fail()))) },
  { name: "an Observable", run: (fail) => all(Dataset.from(rx.defer(() => fail()))) },
  {
    name: "an Observable, later",
    run: (fail) => all(Dataset.from(rx.concat(rx.of(1), rx.timer(0).pipe(rx.map(() => fail()))))),
  },
  { name: "a function that returns an Observable", run: (fail) => all(Dataset.from(() => rx.defer(() => fail()))) },
  { name: "lazy", run: (fail) => all(Dataset.lazy(() => fail())) },
  { name: "lazy, later", run: (fail) => all(Dataset.lazy(async () => fail())) },
  { name: "lazy, ready", run: (fail) => Dataset.lazy(async () => fail()).ready() },
  { name: "lazy, at", run: (fail) => Dataset.lazy(() => fail()).at(0) },
];
const sources = ofSources.map((place): Place => ({ operator: "from", item: undefined, ...place }));

const inRuns: Place[] = [
  {
    name: "id of a list",
    operator: "from",
    item: "0",
    run: (fail) => all(Dataset.from([5], { id: fail })),
    dataset: (fail) =>
      Dataset.from([0, 1, 2], {
        id: (n) => {
          fail(n);
          return String(n);
        },
      }),
  },
  { name: "id of a list, by index", operator: "from", item: "0", run: (fail) => Dataset.from([5], { id: fail }).at(0) },
  {
    name: "id of a stream",
    operator: "from",
    item: "0",
    run: (fail) => all(Dataset.from(new Set([5]), { id: fail })),
    dataset: (fail) =>
      Dataset.from(new Set([0, 1, 2]), {
        id: (n) => {
          fail(n);
          return String(n);
        },
      }),
  },
  {
    name: "id of an Observable",
    operator: "from",
    item: "0",
    run: (fail) => all(Dataset.from(rx.of(5), { id: fail })),
    dataset: (fail) =>
      Dataset.from(rx.of(0, 1, 2), {
        id: (n) => {
          fail(n);
          return String(n);
        },
      }),
  },
  {
    name: "an item of a list that can't be read",
    operator: "from",
    item: "0",
    run: (fail) => {
      const list = [5];
      Object.defineProperty(list, 0, { get: fail });
      return all(Dataset.from(list));
    },
  },
  {
    name: "items of a public dataset",
    operator: "own",
    item: undefined,
    run: (fail) =>
      all(
        defineDataset({ name: "own", resource: "http://x/a.tar", checksum: {}, layout: {}, items: fail })({
          root: dir,
        }),
      ),
  },
  {
    name: "id of a public dataset",
    operator: "own",
    item: "0",
    run: (fail) =>
      all(
        defineDataset({
          name: "own",
          resource: "http://x/a.tar",
          checksum: {},
          layout: {},
          items: () => [1],
          id: fail,
        })({ root: dir }),
      ),
  },
  ...Object.entries<(fail: Thrower) => unknown>({
    map: (fail) => map(fail),
    "map async": (fail) => map(async () => fail()),
    mapAsync: (fail) => mapAsync(async () => fail(), { concurrency: 3 }),
    tap: (fail) => tap(fail),
    filter: (fail) => filter(fail),
    flatMap: (fail) => flatMap(fail),
    "flatMap later": (fail) =>
      flatMap(async function* () {
        yield 1;
        fail();
      }),
    "flatMap of a dataset": (fail) => flatMap(() => Dataset.from(() => fail())),
    compose: (fail) =>
      compose(
        map((n) => n),
        map(fail),
      ),
    oneOf: (fail) => oneOf([map(fail)] as never) as never,
  }).map(
    ([name, operator]): Place => ({
      name,
      operator:
        name === "oneOf"
          ? "oneOf of map"
          : name === "compose"
            ? "map"
            : name.startsWith("flatMap of")
              ? "from"
              : (name.split(" ")[0] ?? ""),
      item: "0",
      run: (fail) => all(Dataset.from([0]).pipe(operator(fail) as never)),
    }),
  ),
  {
    name: "lambda",
    operator: "lambda",
    item: "0",
    run: (fail) => all(volumes().pipe(lambda({ keys: "image", func: fail }))),
  },
  {
    name: "randLambda",
    operator: "randLambda",
    item: "0",
    run: (fail) => all(volumes().pipe(randLambda({ keys: "image", func: fail, prob: 1 }))),
  },
  {
    name: "onStats",
    operator: "dataStats",
    item: "0",
    run: (fail) => all(volumes().pipe(dataStats({ keys: "image", onStats: fail }))),
  },
  {
    name: "additionalInfo",
    operator: "dataStats",
    item: "0",
    run: (fail) => all(volumes().pipe(dataStats({ keys: "image", additionalInfo: fail, onStats: () => undefined }))),
  },
  {
    name: "onProgress of progress",
    operator: "progress",
    item: "0",
    isSkipped: false,
    run: (fail) => all(Dataset.from([0]).pipe(progress({ everyMs: 0, onProgress: fail }))),
  },
  {
    name: "onSkip",
    operator: "onError",
    item: undefined,
    run: (fail) => {
      const bad = map(() => {
        throw new Error("first");
      });
      return all(Dataset.from([0]).pipe(bad, onError({ skip: true, onSkip: fail })));
    },
  },
  {
    name: "id of writeShards",
    operator: "writeShards",
    item: "0",
    run: (fail) => all(volumes().pipe(writeShards({ dir: join(dir, "out"), id: fail, overwrite: true }) as never)),
  },
  {
    name: "byClass of partition",
    operator: "partition",
    item: "0",
    isSkipped: false,
    run: (fail) => {
      const [first] = partition([1, 2], { partitions: 2, byClass: fail });
      return first ? all(first) : undefined;
    },
  },
  {
    name: "byClass of crossValidation",
    operator: "partition",
    item: "0",
    isSkipped: false,
    run: (fail) => all(crossValidation([1, 2, 3], { folds: 2, byClass: fail }).training),
  },
  {
    name: "a getter of an item",
    operator: "load",
    item: "0",
    run: (fail) => {
      const item = Object.defineProperty({}, "image", { get: fail, enumerable: true }) as { image: string };
      return all(Dataset.from([item]).pipe(load(["image"])));
    },
  },
  {
    name: "a getter of an item in a batch",
    operator: "batch",
    item: "0",
    run: (fail) => {
      const item = Object.defineProperty({}, "image", { get: fail, enumerable: true }) as { image: Volume };
      return all(Dataset.from([item]).pipe(batch({ size: 1, collate: "stack" } as never)));
    },
  },
  {
    name: "a decoder of shards",
    operator: "decodeSample",
    item: "s.tar/k1",
    run: (fail) => all(readShards(join(dir, "s.tar"), { decode: { bad: fail } })),
  },
  {
    name: "getOrCompute of a store",
    operator: "cacheUntilRandom",
    item: "0",
    run: (fail) =>
      all(
        Dataset.from([{ n: 1 }]).pipe(
          map((item) => item, { version: 1 }),
          cacheUntilRandom({ store: storeWith(fail, "getOrCompute") }),
        ),
      ),
  },
  {
    name: "getOrCompute of a store in smartReplace",
    operator: "smartReplace",
    item: "0",
    run: (fail) =>
      all(
        Dataset.from([{ n: 1 }]).pipe(
          map((item) => item, { version: 1 }),
          smartReplace({ store: storeWith(fail, "getOrCompute") }),
        ),
      ),
  },
];

const bridged: Place[] = Object.entries({
  "map of RxJS": (fail) => rx.map(fail),
  "mergeMap of RxJS, later": (fail) => rx.mergeMap(async () => fail()),
  "concatMap of RxJS, an inner Observable": (fail) => rx.concatMap(() => rx.timer(0).pipe(rx.map(fail))),
  "scan of RxJS": (fail) => rx.scan(fail, 0),
  "an operator of one's own, when it is applied": (fail) => () => fail(),
  "finalize of RxJS": (fail) => (source: rx.Observable<number>) => source.pipe(rx.take(5), rx.finalize(fail)),
} as Record<string, (fail: Thrower) => rx.OperatorFunction<number, unknown>>).map(([name, operator]) => ({
  name,
  operator: "rxjs",
  item: /applied|finalize/.test(name) ? undefined : "0",
  isSkipped: false,
  run: async (fail: Thrower) => {
    const run = Dataset.from([0]).pipe(operator(fail)).iterate();
    await run.next();
    await run.return();
  },
}));

const declaredByUsers: Place[] = [
  {
    name: "each of a volume operator",
    operator: "own",
    item: "0",
    run: (fail) =>
      all(
        volumes().pipe(
          volumeOperator<object>()({ name: "own", version: 1, options: {}, each: fail })({ keys: "image" }),
        ),
      ),
  },
  {
    name: "draw of a random operator",
    operator: "own",
    item: "0",
    run: (fail) => {
      const own = randomVolumeOperator<object>()({
        name: "own",
        version: 1,
        options: {},
        draw: fail,
        each: (image: Volume) => image,
      } as never) as unknown as (options: object) => never;
      return all(volumes().pipe(own({ keys: "image", prob: 1 })));
    },
  },
  {
    name: "next of a flow operator",
    operator: "own",
    item: "0",
    isSkipped: false,
    run: (fail) => {
      const own = flowOperator<object>()({
        name: "own",
        version: 1,
        options: {},
        stream: (input) => ({
          async next() {
            await input.next();
            return fail();
          },
        }),
      });
      return all(Dataset.from([0]).pipe(own({}) as never));
    },
  },
  {
    name: "a flow operator, when it starts",
    operator: "own",
    item: undefined,
    run: (fail) =>
      all(
        Dataset.from([0]).pipe(
          flowOperator<object>()({ name: "own", version: 1, options: {}, stream: fail })({}) as never,
        ),
      ),
  },
  {
    name: "at of a flow operator",
    operator: "own",
    item: undefined,
    run: (fail) => {
      const own = flowOperator<object>()({
        name: "own",
        version: 1,
        options: {},
        index: { length: (length) => length, at: fail },
      });
      return Dataset.from([0])
        .pipe(own({}) as never)
        .asIndexed()
        .at(0);
    },
  },
  {
    name: "a stage",
    operator: "own",
    item: undefined,
    run: (fail) => {
      const own = stageOperator<object>()({
        name: "own",
        version: 1,
        options: {},
        stage: (input) =>
          declareStage({
            inputs: [input],
            text: { name: "own" },
            start: () => ({ next: fail, close: () => undefined }),
          }),
      });
      return all(Dataset.from([0]).pipe(own({}) as never));
    },
  },
];

const standalone: Place[] = [
  {
    name: "sniff of a format",
    operator: undefined,
    item: undefined,
    run: (fail) => {
      registerFormat({ name: "thrown", version: 1, extensions: [".thrown"], sniff: fail, decode: () => volume() });
      return readVolume(join(dir, "a.thrown")).finally(harmless);
    },
  },
  {
    name: "claims of a format",
    operator: undefined,
    item: undefined,
    run: (fail) => {
      const sniff = () => false;
      registerFormat({
        name: "thrown",
        version: 1,
        extensions: [".thrown"],
        sniff,
        claims: fail,
        decode: () => volume(),
      });
      return readVolume(join(dir, "nothing.thrown")).finally(harmless);
    },
  },
  {
    name: "decode of a format",
    operator: undefined,
    item: undefined,
    code: "VOXRX_BAD_HEADER",
    run: (fail) => {
      registerFormat({ name: "thrown", version: 1, extensions: [".thrown"], sniff: () => false, decode: fail });
      return readVolume(join(dir, "a.thrown")).finally(harmless);
    },
  },
  {
    name: "encode of a format",
    operator: undefined,
    item: undefined,
    code: "VOXRX_WRITE_FAILED",
    run: (fail) => {
      registerFormat({
        name: "thrown",
        version: 1,
        extensions: [".thrown"],
        sniff: () => false,
        decode: () => volume(),
        encode: fail,
      });
      return saveImage(volume(), join(dir, "b.thrown")).finally(harmless);
    },
  },
  ...(["get", "list"] as const).map(
    (method): Place => ({
      name: `${method} of a backend`,
      operator: undefined,
      item: undefined,
      code: "VOXRX_STORE_UNUSABLE",
      run: (fail) => {
        const nothing = async () => undefined;
        const backend = { name: "own", get: nothing, set: nothing, delete: nothing, list: () => [], [method]: fail };
        return storeOver(backend as never).get("aa");
      },
    }),
  ),
  {
    name: "get of a store in a tiered one",
    operator: undefined,
    item: undefined,
    code: "VOXRX_STORE_UNUSABLE",
    run: (fail) => tieredStore(memoryStore({ maxBytes: "1MiB" }), storeWith(fail, "get")).get("aa"),
  },
  {
    name: "onDamage",
    operator: undefined,
    item: undefined,
    run: (fail) => {
      const nothing = async () => undefined;
      const get = async () => new Uint8Array(5);
      const backend = { name: "own", get, set: nothing, delete: nothing, list: () => [] };
      return storeOver(backend as never, { onDamage: fail }).get("aa");
    },
  },
  {
    name: "onProgress of a download",
    operator: undefined,
    item: undefined,
    run: async (fail) => {
      const server = createServer((_, response) => response.end("bytes")).listen(0);
      const { port } = server.address() as AddressInfo;
      try {
        await downloadFile({ url: `http://127.0.0.1:${port}/a.bin`, path: join(dir, "a.bin"), onProgress: fail });
      } finally {
        server.close();
        await rm(join(dir, "a.bin"), { force: true });
      }
    },
  },
  {
    name: "onProgress of extractArchive",
    operator: undefined,
    item: undefined,
    run: (fail) => extractArchive({ archive: join(dir, "s.tar"), dir: join(dir, "extracted"), onProgress: fail }),
  },
  {
    name: "a listener of warnings",
    operator: undefined,
    item: undefined,
    run: async (fail) => {
      const remove = onWarning(fail);
      try {
        warn({ code: "VOXRX_EMPTY_CLASS", message: "empty" });
      } finally {
        remove();
      }
    },
  },
];

/** A registered format can only be replaced. */
function harmless(): void {
  registerFormat({ name: "thrown", version: 1, extensions: [".thrown"], sniff: () => false, decode: () => volume() });
}

const places = [...sources, ...inRuns, ...bridged, ...declaredByUsers, ...standalone];

describe("law 9: whatever a function of a user throws", () => {
  test.each(places)("$name", async ({ name, run, operator, item, code = "VOXRX_TRANSFORM_FAILED" }) => {
    for (const [kind, make] of Object.entries(thrown)) {
      const what = make();
      // Without a name of its own, which would be part of the operator's.
      const [fail] = [
        (): never => {
          throw what;
        },
      ] as const;
      const error: unknown = await Promise.resolve()
        .then(() => run(fail))
        .then(
          () => "nothing",
          (caught: unknown) => caught,
        );
      expect(isVoxRxError(error) ? error.code : `${kind}: ${typeof error}`, kind).toBe(code);
      if (!isVoxRxError(error)) return;
      expect({ kind, item: error.item, operator: error.operator }).toEqual({ kind, item, operator });
      const cause = innermost(error);
      // RxJS collects what is thrown while it unsubscribes.
      if (name !== "finalize of RxJS") expect(cause === what, `${kind}: the cause`).toBe(true);
      expect(JSON.stringify(error)).toContain(code);
    }
  });

  const ofThree = inRuns.filter(({ dataset }) => dataset);
  test.each(ofThree)("onError goes on after the item: $name", async ({ dataset }) => {
    const seen: unknown[] = [];
    const three = dataset?.((n) => {
      if (n === 1) throw Object.freeze(new Error("second"));
    });
    const rest = three?.pipe(onError({ skip: true, onSkip: ({ item }) => seen.push(item) }));
    expect([await rest?.toArray(), seen]).toEqual([[0, 2], ["1"]]);
  });
});

describe("law 9: errors that pass through", () => {
  const bad = map((n: number) => {
    if (n === 1) throw new FormatError("VOXRX_BAD_HEADER", "damaged");
    return n;
  });
  const nested = () => Dataset.from([0, 1, 2], { id: (n) => `inner${n}` }).pipe(bad);

  const outer: Readonly<Record<string, () => Dataset<number>>> = {
    "a function that returns it": () => Dataset.from(() => nested()),
    "an iterable": () => Dataset.from({ [Symbol.asyncIterator]: () => nested().iterate() }),
    "an Observable": () => Dataset.from(nested().asObservable()),
    "an Observable around it": () => Dataset.from(rx.concat(rx.of(9), nested())),
    "a generator": () =>
      Dataset.from(async function* () {
        yield* nested();
      }),
    "by index": () =>
      Dataset.from(async function* () {
        for (const n of [0, 1]) yield await nested().asIndexed().at(n);
      }),
    "an inner stream of RxJS": () => Dataset.from([7]).pipe(rx.mergeMap(() => nested())),
  };
  test.each(Object.keys(outer))(
    "an item of a nested dataset keeps its place, and ends the outer source: %s",
    async (name) => {
      const seen: unknown[] = [];
      const run = outer[name]?.().pipe(onError({ skip: true, onSkip: ({ item }) => seen.push(item) }));
      const error: unknown = await run?.toArray().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "VOXRX_BAD_HEADER", item: "inner1", operator: "map" });
      expect(seen).toEqual([]);
    },
  );

  test("one error object that a source and items throw is an error of the source, too", async () => {
    const shared: VoxRxError = new FormatError("VOXRX_BAD_HEADER", "shared", { item: "x", operator: "y" });
    const source = Dataset.from(function* () {
      yield 0;
      yield 1;
      throw shared;
    });
    const failing = source.pipe(
      map(() => {
        throw shared;
      }),
      onError({ skip: true, onSkip: () => undefined }),
    );
    await expect(failing.toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
  });

  test("the reason of the signal, whatever it is", async () => {
    for (const make of Object.values(thrown)) {
      const reason = make();
      if (reason === undefined) continue; // the platform makes a reason of its own
      for (const pull of [
        (dataset: Dataset<number>, signal: AbortSignal) => dataset.toArray({ signal }),
        (dataset: Dataset<number>, signal: AbortSignal) => dataset.iterate({ signal }).next(),
        (dataset: Dataset<number>, signal: AbortSignal) => dataset.peek({ signal }),
        (dataset: Dataset<number>, signal: AbortSignal) => dataset.forEach(() => {}, { signal }),
      ]) {
        const controller = new AbortController();
        const dataset = Dataset.from(async function* ({ signal }) {
          yield* [];
          controller.abort(reason);
          throw signal.reason;
        }) as Dataset<number>;
        const caught = await pull(dataset.pipe(prefetch(2), shuffle({ buffer: 2 })), controller.signal).catch((e) => ({
          e,
        }));
        expect(Object.is((caught as { e: unknown }).e, reason)).toBe(true);
      }
    }
  });

  test("what the consumer throws, whatever it is", async () => {
    for (const make of Object.values(thrown)) {
      const own = make();
      const fail = () => {
        throw own;
      };
      const caught = await Dataset.from([1])
        .forEach(fail)
        .catch((e) => ({ e }));
      expect(Object.is((caught as { e: unknown }).e, own)).toBe(true);
      try {
        for await (const _ of Dataset.from([1])) fail();
      } catch (e) {
        expect(Object.is(e, own)).toBe(true);
      }
    }
  });

  test("a zip names the item of the input that failed", async () => {
    const pairs = zip(Dataset.from([5, 6]), nested());
    await expect(pairs.toArray()).rejects.toMatchObject({ item: "inner1", operator: "map" });
  });
});

/** The first cause of an error. */
function innermost(error: VoxRxError): unknown {
  let cause: unknown = error;
  while (isVoxRxError(cause)) cause = cause.cause;
  return cause;
}
