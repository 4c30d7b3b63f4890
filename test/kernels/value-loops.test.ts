import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw } from "../../src/kernels/plain-noise-loops.ts";
import type { ValueLoops } from "../../src/kernels/plain-value-loops.ts";
import { plainValueLoops } from "../../src/kernels/plain-value-loops.ts";
import { compiledValueLoops, valuesAt } from "../../src/kernels/value-loops.ts";

const hard = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  -2.5,
  Number.NaN,
  Infinity,
  -Infinity,
  1e-45,
  3.4e38,
  -3.4e38,
  87,
  -88,
  100,
  8388608,
];
const value = fc.oneof(
  fc.float(),
  fc.float({ min: -20, max: 20, noNaN: true }),
  fc.float({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(...hard),
);
const values = fc.array(value, { minLength: 64, maxLength: 64 }).map((list) => Float32Array.from(list));
const number = fc.oneof(fc.double({ min: -1000, max: 1000, noNaN: true }), fc.constantFrom(0, -0, 1, -1, 0.5));

/** The addresses of the second half of the values, and of a place for sums. */
const [half, other] = [valuesAt + 128, valuesAt + 4096];

/** One call of each loop, with numbers from -1000 to 1000. */
const calls: Record<Exclude<keyof ValueLoops, "memory">, (loops: ValueLoops, n: readonly number[]) => void> = {
  mapLine: (loops, n) =>
    loops.mapLine(valuesAt, 64, n[0] ?? 0, n[1] ?? 0, n[2] ?? 0, n[3] ?? 0, n[4] ?? 0, (n[5] ?? 0) > 0),
  keepBeyond: (loops, n) => loops.keepBeyond(valuesAt, 64, n[0] ?? 0, (n[1] ?? 0) > 0, n[2] ?? 0),
  keepMasked: (loops, n) => loops.keepMasked(valuesAt, 32, half, n[0] ?? 0),
  markAtLeast: (loops, n) => loops.markAtLeast(valuesAt, 64, n[0] ?? 0),
  roundHalvesToEven: (loops) => loops.roundHalvesToEven(valuesAt, 64),
  widen: (loops) => loops.widen(valuesAt, 64, other),
  addSums: (loops, n) => loops.addSums(valuesAt, 64, other, (n[0] ?? 0) > 0),
  addSquares: (loops, n) => loops.addSquares(valuesAt, 64, other, n[0] ?? 0, (n[1] ?? 0) > 0),
  logistic: (loops) => loops.logistic(valuesAt, 64),
  softmax: (loops) => loops.softmax(valuesAt, 16, 4, 64),
  argmax: (loops) => loops.argmax(valuesAt, 16, 4, 64),
  contrast: (loops, n) =>
    loops.contrast(valuesAt, 64, 0, 1, Math.abs(n[1] ?? 0) / 100 + 0.1, Math.abs(n[2] ?? 0), n[3] ?? 0),
  multiplyByField: (loops, n) => {
    new Float32Array(loops.memory, other, 3).set(n.slice(0, 3).map((each) => each / 500));
    loops.multiplyByField(valuesAt, 16, valuesAt + 64, 64, other, 3);
  },
  takeSoftplus: (loops, n) => loops.takeSoftplus(valuesAt, 32, half, n[0] ?? 0, (n[1] ?? 0) / 10 || 1),
  truncateTo: (loops, n) => {
    const [kind, below, above] = (n[0] ?? 0) > 0 ? ([2, -32769, 32768] as const) : ([0, -129, 128] as const);
    const fit = loops.truncateTo(valuesAt, 64, other, kind, below, above);
    // What is written does not matter if some do not fit.
    if (!fit) new Uint8Array(loops.memory, other, 128).fill(1);
  },
  markAtMost: (loops, n) => loops.markAtMost(valuesAt, 64, other, n[0] ?? 0, (n[1] ?? 0) > 0, n[2] ?? 0),
  countInto: (loops, n) => loops.countInto(valuesAt, 64, -3.5e38, Math.abs(n[0] ?? 0) / 1e40, 4, other),
  mapAlong: (loops, n) => {
    new Float64Array(loops.memory, other, 6).set(n.slice(0, 6));
    loops.mapAlong(valuesAt, 64, -20, 20, 5 / 40, other, 6);
  },
  addGaussian: (loops, n) => loops.addGaussian(valuesAt, 64, ...noise(n)),
  addRician: (loops, n) => loops.addRician(valuesAt, 64, ...noise(n)),
};

function noise(n: readonly number[]) {
  const [counter = 0, seed = 0, stream = 0, mean = 0, deviation = 0] = n;
  return [Math.floor(counter * 1e6) | 0, Math.floor(seed * 2e6) | 0, Math.floor(stream) | 0, mean, deviation] as const;
}

describe("loops over values", () => {
  test.each(Object.entries(calls))("%s gives the same bytes compiled and plain", (_, call) => {
    const [compiled, plain] = [compiledValueLoops(), plainValueLoops()];
    if (!compiled) throw new Error("no WebAssembly with SIMD");
    fc.assert(
      fc.property(values, fc.array(number, { minLength: 6, maxLength: 6 }), (given, numbers) => {
        const [fast, slow] = [compiled, plain].map((loops) => {
          const memory = new Float32Array(loops.memory, valuesAt);
          memory.fill(0).set(given);
          call(loops, numbers);
          // The bits of NaN differ between machines; storing them in an array of numbers makes them equal.
          return [Array.from(memory.subarray(0, 64)), Array.from(new Float64Array(loops.memory, other, 8))];
        });
        expect(fast).toEqual(slow);
      }),
    );
  });
});

test("random words are those of the published generator", () => {
  const words = new Int32Array(4);
  const hex = () => Array.from(words, (each) => (each >>> 0).toString(16));
  draw(words, 0, 0, 0, 10);
  expect(hex()).toEqual(["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
  draw(words, 0, 0, 0);
  expect(hex()).toEqual(["5f6fb709", "d893f64", "4f121f81", "4f730a48"]);
});
