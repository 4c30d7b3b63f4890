import { expect, test } from "vitest";
import { Random } from "voxrx";
import { RandomState } from "../../src/random/mt19937.ts";
import { permutation } from "../../src/random/permutation.ts";

test("RandomState is NumPy's: first words, shuffle and draws of known seeds", () => {
  const zero = new RandomState(0);
  expect([zero.uint32(), zero.uint32(), zero.uint32(), zero.uint32()]).toEqual([
    2357136044, 2546248239, 3071714933, 3626093760,
  ]);
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  expect(new RandomState(0).shuffle(range(10))).toEqual([2, 8, 4, 9, 1, 6, 7, 3, 0, 5]);
  const uniform = new RandomState(0);
  const draws = range(10).map(() => Number(uniform.random().toFixed(4)));
  expect(draws).toEqual([0.5488, 0.7152, 0.6028, 0.5449, 0.4237, 0.6459, 0.4376, 0.8918, 0.9637, 0.3834]);
  expect(new RandomState(0).shuffle(range(260)).slice(0, 10)).toEqual([233, 106, 237, 76, 173, 170, 8, 71, 37, 152]);
});

test("a stream is fixed by its words, and differs with any of them", () => {
  const first = (...words: (string | number)[]) => new Random(...words).next();
  expect(first(1, "a")).toBe(first(1, "a"));
  const all = [
    first(1, "a"),
    first("1", "a"),
    first(1, "b"),
    first(1),
    first(1, "a", 0),
    first("1a"),
    first(1, "", "a"),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test("draws follow their distributions over 10,000 draws", () => {
  const random = new Random("distribution");
  const draws = (draw: () => number) => Array.from({ length: 10_000 }, draw);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const uniform = draws(() => random.uniform(2, 6));
  expect(mean(uniform)).toBeCloseTo(4, 1);
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...uniform)).toBeLessThan(6);
  const normal = draws(() => random.normal(1, 2));
  expect(Math.abs(mean(normal) - 1)).toBeLessThan(0.08);
  expect(Math.sqrt(mean(normal.map((v) => (v - mean(normal)) ** 2)))).toBeCloseTo(2, 1);
  const counts = [0, 0, 0, 0];
  for (const n of draws(() => random.integer(4))) counts[n] = (counts[n] ?? 0) + 1;
  for (const count of counts) expect(Math.abs(count - 2500)).toBeLessThan(200);
  expect(draws(() => Number(random.chance(0.3))).reduce((a, b) => a + b)).toBeGreaterThan(2700);
});

test("a permutation gives each place once, for any length", () => {
  for (const length of [0, 1, 2, 3, 5, 64, 65, 1000]) {
    const order = permutation(length, new Random(length));
    const places = Array.from({ length }, (_, i) => order(i));
    expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
  }
});
