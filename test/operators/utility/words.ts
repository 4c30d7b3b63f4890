/** Words that operators add letters to: what was chosen can be read off them. */
import { expect } from "vitest";
import { Dataset, type IndexedOperator } from "voxrx";
import { map } from "voxrx/operators";

/** Puts a letter behind a word. */
export const add = (letter: string): IndexedOperator<string, string> =>
  map((word: string) => word + letter, { version: 1 });

export const letters = ["a", "b", "c", "d"] as const;

export const words = (count: number) => Dataset.from<string>(new Array(count).fill(""), { seed: 5 });

export function tally(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

/** Holds a count of 10,000 draws to five standard deviations of what it should be. */
export function expectShare(count: number | undefined, share: number, draws = 10_000): void {
  expect(Math.abs((count ?? 0) - draws * share)).toBeLessThan(5 * Math.sqrt(draws * share * (1 - share)) + 1e-9);
}
