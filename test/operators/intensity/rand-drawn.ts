/** What random operators drew, and whether numbers look as if they came from a distribution. */
import { expect } from "vitest";
import { Dataset, isVoxRxError, type Operator, originOf, type Volume } from "voxrx";
import { drawCount } from "../../support/long.ts";
import { ramp } from "../../support/volumes.ts";

/** What an operator drew for each of many small images, those left out that were not chosen. */
export async function drawnBy(
  operator: Operator<Volume, Volume>,
  { count = drawCount, seed = 0, shape = [1, 2, 1] }: { count?: number; seed?: number; shape?: readonly number[] } = {},
): Promise<unknown[]> {
  const images = Array.from({ length: count }, () => ramp(shape));
  const results: Volume[] = await Dataset.from(images, { seed }).pipe(operator).toArray({ maxBytes: "1GiB" });
  return results.flatMap((result) => originOf(result)?.draws.map(({ params }) => params) ?? []);
}

/** Numbers at a path of what was drawn. */
export function numbersAt(params: readonly unknown[], ...path: readonly (string | number)[]): number[] {
  return params.map((each) => {
    let value: unknown = each;
    for (const name of path) value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    if (typeof value !== "number") throw new Error(`there is no number at ${path.join(".")}`);
    return value;
  });
}

/** Holds a number of events against a probability, to five standard deviations. */
export function expectChance(events: number, trials: number, probability: number): void {
  expect(Math.abs(events - trials * probability)).toBeLessThan(
    5 * Math.sqrt(trials * probability * (1 - probability)) + 1e-9,
  );
}

/**
 * Holds numbers against a distribution function (Kolmogorov and Smirnov; a chance of 1 in 10,000 to fail, for a seed
 * that is fixed).
 */
export function expectDistribution(values: readonly number[], distribution: (x: number) => number): void {
  const sorted = Float64Array.from(values).sort();
  const furthest = sorted.reduce((most, value, n) => {
    const expected = distribution(value);
    return Math.max(most, expected - n / sorted.length, (n + 1) / sorted.length - expected);
  }, 0);
  expect(furthest).toBeLessThan(2.23 / Math.sqrt(sorted.length));
}

/** Holds numbers against an even distribution. */
export function expectUniform(values: readonly number[], low: number, high: number): void {
  expect(values.every((value) => value >= low && value <= high)).toBe(true);
  expectDistribution(values, (x) => (x - low) / (high - low));
}

/** Holds whole numbers against an even distribution from `low` to `high`, each to five standard deviations. */
export function expectEvenIntegers(values: readonly number[], low: number, high: number): void {
  const kinds = high - low + 1;
  for (let n = low; n <= high; n++) {
    expectChance(values.filter((value) => value === n).length, values.length, 1 / kinds);
  }
  expect(values.every((value) => Number.isInteger(value) && value >= low && value <= high)).toBe(true);
}

/** Mean and standard deviation of the population. */
export function statistics(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

/** Expects each call to refuse its options when it is composed. */
export function expectRefused(calls: readonly (() => unknown)[]): void {
  for (const call of calls) {
    let caught: unknown;
    try {
      call();
    } catch (error) {
      caught = error;
    }
    expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), String(call)).toBe(true);
  }
}
