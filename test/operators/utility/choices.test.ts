import fc from "fast-check";
import { map as rxMap } from "rxjs";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset, type IndexedOperator, memoryStore, type Operator, Volume } from "voxrx";
import type { FunctionContext } from "voxrx/extend";
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
import { codeOf } from "../../support/thrown.ts";
import { transformOf } from "../../support/transform-of.ts";
import { spelledOut } from "../../support/volumes.ts";
import { add, letters, words } from "./words.ts";

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

  test("gives an item the same whatever the concurrency, and alone by its index", async () => {
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
          prefetch({ buffer: concurrency, concurrency }),
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

  test("gives an item the same on every rank: by its key, not by its place in the run", async () => {
    const keyed = (items: readonly string[]) => Dataset.from(items, { seed: 5, id: (item) => item });
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

  test("ends the cached prefix; what comes before is computed once", async () => {
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

  test("lets a deterministic function inside see no more of an item than outside, and a random one all", async () => {
    const asking = (ask: (context: FunctionContext<unknown>) => unknown) =>
      map((word: string, context) => word + ask(context), { version: 1 });
    for (const ask of [
      (context: FunctionContext<unknown>) => context.id,
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
    const seeing = randLambda({ func: (word: string, { id, index }) => `${word}${id}-${index}` });
    expect(await words(2).pipe(chosen(seeing)).toArray()).toEqual(["0-0", "1-1"]);
  });

  test("does lazy transforms inside as one, as outside", async () => {
    const turn = (angle: number) => rotate({ angle: [0, 0, angle], paddingMode: "zeros" });
    const noise = new Volume({
      data: Float32Array.from({ length: 12 ** 3 }, (_, n) => (n * 7919) % 100),
      shape: [1, 12, 12, 12],
    });
    const inside = Dataset.from([noise]).pipe(choose<Volume>([lazy(turn(0.3), turn(-0.3))]));
    const outside = Dataset.from([noise]).pipe(lazy(turn(0.3), turn(-0.3)));
    expect((await inside.toArray()).map(spelledOut)).toEqual((await outside.toArray()).map(spelledOut));
  });

  test("shows the operators inside, by their numbers", () => {
    const lines = words(1)
      .pipe(chosen(add("a"), compose(add("b"), add("c"))))
      .explain()
      .split("\n");
    const shown = lines.map((line) => line.trim().replace(/\s+/g, " "));
    const at = shown.findIndex((line) => line.startsWith(name));
    expect(shown[at]).toContain("[random]");
    expect(shown.slice(at + 1, at + 4)).toEqual(["0: map version=1", "1: map version=1", "1: map version=1"]);
  });

  test("has an identity that covers the operators inside", () => {
    const scaled = (bMax: number) => choose<Volume>([scaleIntensityRange({ aMin: 0, aMax: 1, bMin: 0, bMax })]);
    expect(fingerprintOf(scaled(1))).toBe(fingerprintOf(scaled(1)));
    expect(fingerprintOf(scaled(1))).not.toBe(fingerprintOf(scaled(2)));
    const nested = (bMax: number) => choose([scaled(bMax)]);
    expect(fingerprintOf(nested(1))).not.toBe(fingerprintOf(nested(2)));
    expect(fingerprintOf(choose([lambda({ func: (n: number) => n })]))).toBeUndefined();
  });

  test("names the operator that failed, and the item", async () => {
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

  test("refuses operators of streams, and none at all, when composed", () => {
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

describe("options of choices", () => {
  test("are refused when composed if they cannot be meant", () => {
    const two = [add("a"), add("b")];
    const wrong = [
      () => oneOf(two, { weights: [1] }),
      () => oneOf(two, { weights: [0, 0] }),
      () => oneOf(two, { weights: [1, -1] }),
      () => oneOf(two, { weights: [1, Number.NaN] }),
      () => someOf(two, { numTransforms: 3 }),
      () => someOf(two, { numTransforms: -1 }),
      () => someOf(two, { numTransforms: [2, 1] }),
      () => someOf(two, { numTransforms: 2, weights: [1, 0] }),
    ];
    for (const make of wrong) expect(codeOf(make), String(make)).toBe("VOXRX_BAD_OPTION");
    expect(codeOf(() => someOf(two, { numTransforms: 3, replace: true }))).toBeUndefined();
  });
});
