import fc from "fast-check";
import { map as rxMap } from "rxjs";
import { describe, expect, it } from "vitest";
import { Dataset, IndexedDataset, type IndexedOperator, isVoxRxError, memoryStore, type Operator, Volume } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  compose,
  filter,
  lambda,
  lazy,
  map,
  mapAsync,
  oneOf,
  prefetch,
  randLambda,
  randomOrder,
  rotate,
  scaleIntensityRange,
  someOf,
} from "voxrx/operators";
import type { FunctionContext } from "../../../src/plan/user-function.ts";
import { transformOf } from "../../support/transform-of.ts";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";

/** Puts a letter behind a word. */
const add = (letter: string): IndexedOperator<string, string> => map((word: string) => word + letter, { version: 1 });
const letters = ["a", "b", "c", "d"] as const;
const words = (count: number) => Dataset.from<string>(new Array(count).fill(""), { seed: 5 });
const fingerprintOf = <T>(operator: IndexedOperator<T, T>) => transformOf(operator).fingerprint;

type Choose = <T>(operators: readonly IndexedOperator<T, T>[]) => IndexedOperator<T, T>;
const choices: readonly (readonly [string, Choose])[] = [
  ["oneOf", oneOf],
  ["someOf", someOf],
  ["randomOrder", randomOrder],
];

describe.each(choices)("%s", (name, choose) => {
  const chosen = (...operators: IndexedOperator<string, string>[]) => choose(operators);
  const branches = () => [
    ...letters.map(add),
    compose(randLambda({ func: random }), add("!")),
    chosen(add("x"), add("y")),
  ];
  const random = (word: string, context: { random(): { integer(n: number): number } }) =>
    `${word}${context.random().integer(10)}`;

  it("gives an item the same whatever the concurrency, and alone by its index", async () => {
    const wanted = await words(40)
      .pipe(chosen(...branches()))
      .epoch(2)
      .toArray();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.nat({ max: 39 }), async (concurrency, i) => {
        const ahead = words(40).pipe(
          chosen(
            ...branches(),
            mapAsync(async (word: string) => word, { concurrency }),
          ),
          prefetch({ items: concurrency, concurrency }),
        );
        const plain = words(40).pipe(
          chosen(
            ...branches(),
            mapAsync(async (word: string) => word),
          ),
        );
        expect(await ahead.epoch(2).toArray()).toEqual(await plain.epoch(2).toArray());
        const indexed = words(40).pipe(chosen(...branches()));
        if (!(indexed instanceof IndexedDataset)) throw new Error("the index is lost");
        expect(await indexed.at(i, { epoch: 2 })).toBe(wanted[i]);
      }),
      { numRuns: 10 },
    );
  });

  it("gives an item the same on every rank: by its key, not by its place in the run", async () => {
    const keyed = (items: readonly string[]) => Dataset.from(items, { seed: 5, key: (item) => item });
    const all = Array.from({ length: 30 }, (_, n) => `${n}:`);
    const whole = await keyed(all)
      .pipe(chosen(...branches()))
      .epoch(1)
      .toArray();
    for (const ranks of [2, 3]) {
      for (let rank = 0; rank < ranks; rank++) {
        const own = (_: unknown, n: number) => n % ranks === rank;
        expect(
          await keyed(all.filter(own))
            .pipe(chosen(...branches()))
            .epoch(1)
            .toArray(),
        ).toEqual(whole.filter(own));
      }
    }
  });

  it("ends the cached prefix; what comes before is computed once", async () => {
    let worked = 0;
    const count = map(
      (word: string) => {
        worked++;
        return word;
      },
      { version: 1 },
    );
    await using store = memoryStore();
    const five = Dataset.from(["1", "2", "3", "4", "5"], { seed: 5 });
    const cached = five.pipe(count, chosen(...branches()), cacheUntilRandom({ store }));
    const plain = five.pipe(count, chosen(...branches()));
    for (const epoch of [0, 1]) {
      expect(await cached.epoch(epoch).toArray()).toEqual(await plain.epoch(epoch).toArray());
    }
    expect(worked).toBe(5 + 10);
    expect(cached.explain()).toContain(`the prefix ends before ${name}, which is random`);
  });

  it("lets a deterministic function inside see no more of an item than outside, and a random one all", async () => {
    const asking = (ask: (context: FunctionContext<unknown>) => unknown) =>
      map((word: string, context) => word + ask(context), { version: 1 });
    for (const ask of [
      (context: FunctionContext<unknown>) => context.key,
      (context: FunctionContext<unknown>) => context.index,
      (context: FunctionContext<unknown>) => context.random(),
    ]) {
      const refused = words(1)
        .pipe(chosen(asking(ask)))
        .toArray();
      await expect(refused).rejects.toMatchObject({ code: "VOXRX_NOT_DETERMINISTIC", operator: `${name} of map` });
      const nested = words(1)
        .pipe(chosen(oneOf([asking(ask)])))
        .toArray();
      await expect(nested).rejects.toMatchObject({ code: "VOXRX_NOT_DETERMINISTIC", operator: "oneOf of map" });
    }
    const seeing = randLambda({ func: (word: string, { key, index }) => `${word}${key}-${index}` });
    expect(await words(2).pipe(chosen(seeing)).toArray()).toEqual(["0-0", "1-1"]);
  });

  it("does lazy transforms inside as one, as outside", async () => {
    const turn = (angle: number) => rotate({ angle: [0, 0, angle], paddingMode: "zeros" });
    const noise = new Volume({
      data: Float32Array.from({ length: 12 ** 3 }, (_, n) => (n * 7919) % 100),
      shape: [1, 12, 12, 12],
    });
    const inside = Dataset.from([noise]).pipe(choose<Volume>([lazy(turn(0.3), turn(-0.3))]));
    const outside = Dataset.from([noise]).pipe(lazy(turn(0.3), turn(-0.3)));
    expect((await inside.toArray()).map(spelledOut)).toEqual((await outside.toArray()).map(spelledOut));
  });

  it("shows the operators inside, by their numbers", () => {
    const lines = words(1)
      .pipe(chosen(add("a"), compose(add("b"), add("c"))))
      .explain()
      .split("\n");
    const shown = lines.map((line) => line.trim().replace(/\s+/g, " "));
    const at = shown.findIndex((line) => line.startsWith(name));
    expect(shown[at]).toContain("[random]");
    expect(shown.slice(at + 1, at + 4)).toEqual(["0: map version=1", "1: map version=1", "1: map version=1"]);
  });

  it("has an identity that covers the operators inside", () => {
    const scaled = (bMax: number) => choose<Volume>([scaleIntensityRange({ aMin: 0, aMax: 1, bMin: 0, bMax })]);
    expect(fingerprintOf(scaled(1))).toBe(fingerprintOf(scaled(1)));
    expect(fingerprintOf(scaled(1))).not.toBe(fingerprintOf(scaled(2)));
    const nested = (bMax: number) => choose([scaled(bMax)]);
    expect(fingerprintOf(nested(1))).not.toBe(fingerprintOf(nested(2)));
    expect(fingerprintOf(choose([lambda({ func: (n: number) => n })]))).toBeUndefined();
  });

  it("names the operator that failed, and the item", async () => {
    const failing = map((word: string): string => {
      throw new Error(`no ${word}`);
    });
    const later = mapAsync(async (word: string): Promise<string> => {
      throw new Error(`no ${word}`);
    });
    for (const operator of [failing, later]) {
      const run = words(1).pipe(chosen(operator)).toArray();
      await expect(run).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", item: "0" });
      await expect(run).rejects.toMatchObject({ operator: expect.stringMatching(new RegExp(`^${name} of map`)) });
    }
  });

  it("refuses operators of streams, and none at all, when composed", () => {
    const wrong: readonly Operator<never, unknown>[][] = [
      [],
      [batch(2)],
      [prefetch(2)],
      [filter((word: string) => word === "")],
      [rxMap((word: string) => word)],
      [compose(add("a"), batch(2)) as Operator<string, unknown>],
      [compose(add("a"), prefetch(2), add("b"))],
    ];
    for (const operators of wrong)
      expect(
        codeOf(() => choose(operators as never)),
        name,
      ).toBe("VOXRX_BAD_OPTION");
  });
});

it("a chain of utility operators without a random one is cached whole", async () => {
  let computed = 0;
  await using store = memoryStore();
  const scans = Dataset.from([{ image: ramp([1, 2, 1]) }]).pipe(
    lambda({ keys: "image", func: counted, version: 1 }),
    cacheUntilRandom({ store }),
  );
  function counted(image: Volume): Volume {
    computed++;
    return image.flip([0]);
  }
  const [first] = (await scans.toArray()).map(spelledOut);
  expect((await scans.toArray()).map(spelledOut)).toEqual([first]);
  expect(computed).toBe(1);
  expect((await scans.toArray()).map(({ image }) => valuesOf(image))).toEqual([[1, 0]]);
});

function codeOf(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    return isVoxRxError(error) ? error.code : String(error);
  }
  return undefined;
}
