import { describe, expect, test } from "vitest";
import { Dataset, originOf } from "voxrx";
import { compose, flip, oneOf, randFlip, randLambda, rotate90 } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";
import { add, expectShare, letters, tally, words } from "./words.ts";

describe("oneOf", () => {
  test("applies each operator as often as its weight says", async () => {
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

  test("notes what was chosen, and what the chosen one drew", async () => {
    const scans = Dataset.from([ramp([1, 3, 1])]).pipe(
      oneOf([compose(rotate90(), randFlip({ prob: 1, spatialAxis: 1 })), flip()], { weights: [1, 0] }),
    );
    const [scan] = await scans.toArray();
    const drew = [{ operator: "randFlip", params: { spatialAxis: 1 } }];
    expect(scan && originOf(scan)?.draws).toEqual([
      { operator: "oneOf", ordinal: 0, params: { chosen: [{ branch: 0, drew }] } },
    ]);
  });

  test("gives each transform of a composed operator draws of its own", async () => {
    const digit = randLambda({ func: (word: string, { random }) => `${word}${random().integer(10)}` });
    const items = await words(200)
      .pipe(oneOf([compose(digit, digit)]))
      .toArray();
    expect(items.every(({ length }) => length === 2)).toBe(true);
    // Two digits are alike in one of ten items.
    expect(items.filter(([first, second]) => first === second).length).toBeLessThan(60);
  });

  test("chooses anew in every epoch, and the same in the same one", async () => {
    const dataset = words(50).pipe(oneOf(letters.map(add)));
    const first = await dataset.epoch(0).toArray();
    expect(await dataset.epoch(0).toArray()).toEqual(first);
    expect(await dataset.epoch(1).toArray()).not.toEqual(first);
  });
});
