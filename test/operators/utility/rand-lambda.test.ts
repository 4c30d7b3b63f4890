import { describe, expect, test } from "vitest";
import { Dataset, originOf } from "voxrx";
import { randLambda } from "voxrx/operators";
import { codeOf } from "../../support/thrown.ts";

describe("randLambda", () => {
  test("calls the function as often as prob says, and notes it", async () => {
    const items = Array.from({ length: 10_000 }, () => ({ n: 0 }));
    const operator = randLambda({ keys: "n", prob: 0.3, func: (n: number) => n + 1 });
    const results = await Dataset.from(items, { seed: 3 }).pipe(operator).toArray();
    const called = results.filter(({ n }) => n === 1);
    // Five standard deviations of a binomial distribution.
    expect(Math.abs(called.length - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7));
    expect(results.filter((item) => originOf(item)?.draws.length === 1)).toEqual(called);
  });

  test("gives the function a generator that does not depend on whether it was called", async () => {
    const draws = randLambda({ prob: 0.5, func: (_: number, { random }) => random().next() });
    const drawn = (await Dataset.from(new Array<number>(2000).fill(-1), { seed: 1 }).pipe(draws).toArray()).filter(
      (value) => value >= 0,
    );
    // The number that decided is below 0.5 wherever the function was called; its own are spread evenly.
    const upper = drawn.filter((value) => value >= 0.5).length;
    expect(Math.abs(upper - drawn.length / 2)).toBeLessThan(5 * Math.sqrt(drawn.length / 4));
  });

  test("gives the same for an item in an epoch, the same draws to its fields, and others in the next", async () => {
    const items = Array.from({ length: 20 }, () => ({ a: 0, b: 0 }));
    const dataset = Dataset.from(items).pipe(
      randLambda({ keys: ["a", "b"], func: (_: number, { random }) => random().next() }),
    );
    const first = await dataset.epoch(4).toArray();
    expect(first.every(({ a, b }) => a === b)).toBe(true);
    expect(await dataset.epoch(4).toArray()).toEqual(first);
    expect(await dataset.epoch(5).toArray()).not.toEqual(first);
    expect(codeOf(() => randLambda({ func: (n: number) => n, prob: 2 }))).toBe("VOXRX_BAD_OPTION");
  });
});
