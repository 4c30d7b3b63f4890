import { describe, expect, test } from "vitest";
import { randLambda, someOf } from "voxrx/operators";
import { add, expectShare, letters, tally, words } from "./words.ts";

describe("someOf", () => {
  test("with all operators is a permutation of them, every one as likely", async () => {
    const counts = tally(
      await words(10_000)
        .pipe(someOf(["a", "b", "c"].map(add)))
        .toArray(),
    );
    expect(Object.keys(counts).sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
    for (const count of Object.values(counts)) expectShare(count, 1 / 6);
  });

  test("draws how many within its bounds, each number as likely, none twice", async () => {
    const items = await words(10_000)
      .pipe(someOf(letters.map(add), { numTransforms: [1, 3] }))
      .toArray();
    const lengths = tally(items.map(({ length }) => `${length}`));
    expect(Object.keys(lengths)).toEqual(["1", "2", "3"]);
    for (const count of Object.values(lengths)) expectShare(count, 1 / 3);
    expect(items.every((item) => new Set(item).size === item.length)).toBe(true);
  });

  test("with replacement applies one more than once, each time drawing anew", async () => {
    const digit = randLambda({ func: (word: string, { random }) => `${word}${random().integer(10)}` });
    const items = await words(200)
      .pipe(someOf([digit], { numTransforms: 3, replace: true }))
      .toArray();
    expect(items.every(({ length }) => length === 3)).toBe(true);
    // Three digits are alike in one of a hundred items.
    expect(items.filter((item) => new Set(item).size === 1).length).toBeLessThan(20);
  });

  test("never applies what weighs nothing", async () => {
    const some = someOf(letters.map(add), { numTransforms: 2, weights: [1, 0, 1, 0] });
    expect(Object.keys(tally(await words(500).pipe(some).toArray())).sort()).toEqual(["ac", "ca"]);
  });
});
