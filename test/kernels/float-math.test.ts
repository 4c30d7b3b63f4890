import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cosOf, expBelow0, expOf, floatAtMost, logOf, powerOf2, sinOf } from "../../src/kernels/float-math.ts";

const angle = fc.float({ min: -Math.fround(0.785), max: Math.fround(0.785), noNaN: true });

describe("functions of floats are within a few roundings of the exact ones", () => {
  test("exponentials", () => {
    fc.assert(
      fc.property(fc.float({ min: -87, max: 88, noNaN: true }), (x) => {
        expectClose(expOf(x), Math.exp(x));
        expectClose(powerOf2(x), 2 ** x);
        expect(expBelow0(-Math.min(Math.abs(x), 87))).toBe(expOf(-Math.min(Math.abs(x), 87)));
      }),
    );
    expect([expBelow0(-88), expBelow0(Number.NEGATIVE_INFINITY), expOf(0), expOf(Number.NaN)]).toEqual([
      0,
      0,
      1,
      Number.NaN,
    ]);
  });

  test("logarithms", () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(1.2e-38), noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.abs(logOf(x) - Math.log(x))).toBeLessThanOrEqual(2 ** -22 * Math.max(1, Math.abs(Math.log(x))));
      }),
    );
  });

  test("sines and cosines", () => {
    fc.assert(
      fc.property(angle, (x) => {
        expect(Math.abs(sinOf(x) - Math.sin(x))).toBeLessThanOrEqual(2 ** -22);
        expect(Math.abs(cosOf(x) - Math.cos(x))).toBeLessThanOrEqual(2 ** -22);
      }),
    );
  });
});

test("the greatest float that is not above a number is below it by at most one step", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e30, max: 1e30, noNaN: true }), fc.float({ noNaN: true }), (x, float) => {
      const found = floatAtMost(x);
      expect(Math.fround(found)).toBe(found);
      expect(found <= x).toBe(true);
      expect(float > x).toBe(float > found);
      expect(floatAtMost(float)).toBe(float);
    }),
  );
  expect(floatAtMost(-1e-300)).toBe(-(2 ** -149));
});

function expectClose(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(expected * 3e-7);
}
