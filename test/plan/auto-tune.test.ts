import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import * as op from "voxrx/operators";
import { AutoTune } from "../../src/plan/auto-tune.ts";

interface Machine {
  /** Time of an item with one in work, and of the consumer. */
  readonly itemMs: number;
  readonly consumerMs: number;
  /** Items that can be in work without slowing each other down. */
  readonly cores: number;
}

/** The level after each of `requests`, on a machine where `cores` items in work take as long as one. */
function levels(tune: AutoTune, { itemMs, consumerMs, cores }: Machine, requests: number): number[] {
  let clock = 0;
  return Array.from({ length: requests }, () => {
    const makingMs = itemMs / Math.min(tune.level, cores);
    clock += Math.max(makingMs, consumerMs);
    tune.asked(makingMs <= consumerMs, clock);
    return tune.level;
  });
}

/** The level that most of the last requests had. */
function settled(seen: readonly number[]): number | undefined {
  const last = seen.slice(-100);
  const counts = last.map((level) => last.filter((other) => other === level).length);
  return last[counts.indexOf(Math.max(...counts))];
}

test("more is in work until the consumer no longer waits", () => {
  const tune = new AutoTune(16);
  expect(settled(levels(tune, { itemMs: 40, consumerMs: 10, cores: 8 }, 400))).toBe(4);
});

test("what makes nothing faster is taken back, and tried again seldom", () => {
  const seen = levels(new AutoTune(16), { itemMs: 40, consumerMs: 1, cores: 2 }, 400);
  expect(Math.max(...seen)).toBe(3);
  expect(seen.filter((level) => level === 2).length).toBeGreaterThan(280);
});

test("never more than allowed, and one where that is enough", () => {
  expect(Math.max(...levels(new AutoTune(3), { itemMs: 90, consumerMs: 1, cores: 99 }, 200))).toBe(3);
  expect(Math.max(...levels(new AutoTune(8), { itemMs: 5, consumerMs: 10, cores: 8 }, 200))).toBe(1);
});

test("less is in work when the consumer becomes slow, and what it needs is found again", () => {
  const tune = new AutoTune(8);
  const fast = { itemMs: 40, consumerMs: 10, cores: 8 };
  expect(settled(levels(tune, fast, 300))).toBe(4);
  expect(settled(levels(tune, { ...fast, consumerMs: 100 }, 800))).toBe(1);
  expect(settled(levels(tune, fast, 400))).toBe(4);
});

test("time between runs doesn't count, and the choice is kept", () => {
  const tune = new AutoTune(8);
  levels(tune, { itemMs: 20, consumerMs: 10, cores: 8 }, 200);
  expect(tune.level).toBe(2);
  tune.begin();
  expect(tune.level).toBe(2);
});

test("explain() says what was chosen", async () => {
  const numbers = Array.from({ length: 100 }, (_, n) => n);
  const dataset = Dataset.from(numbers).pipe(
    op.mapAsync(async (n) => n),
    op.prefetch({ autotune: true, concurrency: 3 }),
  );
  expect(dataset.explain()).toContain("autotune: 1 at once now");
  expect(await dataset.toArray()).toEqual(numbers);
  expect((await dataset.profile()).tuned).toEqual([expect.stringMatching(/^prefetch has [123] of at most 3 items/)]);
});
