import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalOf } from "../../src/format/text-fields.ts";

test.each([
  ...["", " ", "0x10", "0b1", "0o7", "1,5", "1e", "e5", "1e+", ".", "-", "+-1", "1.2.3", "1_000", "1n", "12px"],
  ...["Infinity", "-inf", "nan", "NaN", "1e999", "\u0661", "1 2", "--1", "O", "l0"],
])("%j is not a number of a header", (word) => {
  expect(decimalOf(word)).toBeUndefined();
});

test("any finite number is read back from its decimal notation, with or without a sign", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      (value) => {
        expect(decimalOf(String(value))).toBe(value);
        expect(decimalOf(value.toExponential().toUpperCase())).toBe(value);
        if (value > 0) expect(decimalOf(`+${value}`)).toBe(value);
      },
    ),
  );
  expect([decimalOf(".5"), decimalOf("5."), decimalOf("-007")]).toEqual([0.5, 5, -7]);
});
