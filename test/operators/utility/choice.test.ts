import { describe, expect, it } from "vitest";
import { Dataset, type IndexedOperator, isVoxRxError, originOf } from "voxrx";
import { compose, flip, map, oneOf, randFlip, randLambda, randomOrder, rotate90, someOf } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";

/** Puts a letter behind a word. */
const add = (letter: string): IndexedOperator<string, string> => map((word: string) => word + letter, { version: 1 });
const letters = ["a", "b", "c", "d"] as const;
const words = (count: number) => Dataset.from<string>(new Array(count).fill(""), { seed: 5 });

function tally(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

/** Holds a count of 10,000 draws to five standard deviations of what it should be. */
function expectShare(count: number | undefined, share: number, draws = 10_000): void {
  expect(Math.abs((count ?? 0) - draws * share)).toBeLessThan(5 * Math.sqrt(draws * share * (1 - share)) + 1e-9);
}

describe("oneOf", () => {
  it("applies each operator as often as its weight says", async () => {
    const counts = tally(
      await words(10_000)
        .pipe(oneOf(letters.map(add), { weights: [6, 3, 0, 1] }))
        .toArray(),
    );
    expect(Object.keys(counts).sort()).toEqual(["a", "b", "d"]);
    expectShare(counts.a, 0.6);
    expectShare(counts.b, 0.3);
    expectShare(counts.d, 0.1);
    const even = tally(
      await words(10_000)
        .pipe(oneOf(letters.map(add)))
        .toArray(),
    );
    for (const letter of letters) expectShare(even[letter], 0.25);
  });

  it("notes what was chosen, and what the chosen one drew", async () => {
    const scans = Dataset.from([ramp([1, 3, 1])]).pipe(
      oneOf([compose(rotate90(), randFlip({ prob: 1, spatialAxis: 1 })), flip()], { weights: [1, 0] }),
    );
    const [scan] = await scans.toArray();
    const drew = [{ operator: "randFlip", params: { spatialAxis: 1 } }];
    expect(scan && originOf(scan)?.draws).toEqual([
      { operator: "oneOf", ordinal: 0, params: { chosen: [{ branch: 0, drew }] } },
    ]);
  });

  it("gives each transform of a composed operator draws of its own", async () => {
    const digit = randLambda({ func: (word: string, { random }) => `${word}${random().integer(10)}` });
    const items = await words(200)
      .pipe(oneOf([compose(digit, digit)]))
      .toArray();
    expect(items.every(({ length }) => length === 2)).toBe(true);
    // Two digits are alike in one of ten items.
    expect(items.filter(([first, second]) => first === second).length).toBeLessThan(60);
  });

  it("chooses anew in every epoch, and the same in the same one", async () => {
    const dataset = words(50).pipe(oneOf(letters.map(add)));
    const first = await dataset.epoch(0).toArray();
    expect(await dataset.epoch(0).toArray()).toEqual(first);
    expect(await dataset.epoch(1).toArray()).not.toEqual(first);
  });
});

describe("someOf", () => {
  it("with all operators is a permutation of them, every one as likely", async () => {
    const counts = tally(
      await words(10_000)
        .pipe(someOf(["a", "b", "c"].map(add)))
        .toArray(),
    );
    expect(Object.keys(counts).sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of Object.values(counts)) expectShare(count, 1 / 6);
  });

  it("draws how many within its bounds, each number as likely, none twice", async () => {
    const items = await words(10_000)
      .pipe(someOf(letters.map(add), { numTransforms: [1, 3] }))
      .toArray();
    const lengths = tally(items.map(({ length }) => `${length}`));
    expect(Object.keys(lengths)).toEqual(["1", "2", "3"]);
    for (const count of Object.values(lengths)) expectShare(count, 1 / 3);
    expect(items.every((item) => new Set(item).size === item.length)).toBe(true);
  });

  it("with replacement applies one more than once, each time drawing anew", async () => {
    const digit = randLambda({ func: (word: string, { random }) => `${word}${random().integer(10)}` });
    const items = await words(200)
      .pipe(someOf([digit], { numTransforms: 3, replace: true }))
      .toArray();
    expect(items.every(({ length }) => length === 3)).toBe(true);
    // Three digits are alike in one of a hundred items.
    expect(items.filter((item) => new Set(item).size === 1).length).toBeLessThan(20);
  });

  it("never applies what weighs nothing", async () => {
    const some = someOf(letters.map(add), { numTransforms: 2, weights: [1, 0, 1, 0] });
    expect(Object.keys(tally(await words(500).pipe(some).toArray())).sort()).toEqual(["ac", "ca"]);
  });
});

describe("randomOrder", () => {
  it("applies all, every order as likely", async () => {
    const counts = tally(
      await words(10_000)
        .pipe(randomOrder(["a", "b", "c"].map(add)))
        .toArray(),
    );
    expect(Object.keys(counts)).toHaveLength(6);
    for (const count of Object.values(counts)) expectShare(count, 1 / 6);
  });
});

describe("options of choices", () => {
  it("are refused when composed if they cannot be meant", () => {
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

function codeOf(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    return isVoxRxError(error) ? error.code : String(error);
  }
  return undefined;
}
