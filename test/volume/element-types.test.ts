import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allocate,
  commonDtype,
  type Dtype,
  dtypes,
  dtypeWith,
  holds,
  holdsAllOf,
  integerRange,
} from "../../src/samples.ts";

const anyDtype = fc.constantFrom(...dtypes);

/** What an array of a type makes of a value. */
function as(dtype: Dtype, value: number): number {
  const held = allocate(dtype, 1);
  held[0] = value;
  return held[0] ?? Number.NaN;
}

/** The values of a type that are hardest to hold. */
function hardest(dtype: Dtype): number[] {
  const range = integerRange(dtype);
  if (range) return [...range, range[1] - 1];
  return dtype === "float32" ? [0.5, Math.fround(0.1), 2 ** 24 - 1] : [0.1, 2 ** 53 - 1];
}

describe("element types", () => {
  test("hold the integers that arrays of them give back", () => {
    fc.assert(
      fc.property(
        anyDtype,
        fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -70_000, max: 70_000 })),
        (dtype, value) => {
          if (integerRange(dtype)) expect(holds(dtype, value)).toBe(as(dtype, value) === value);
          else expect(holds(dtype, value)).toBe(true);
        },
      ),
    );
    for (const dtype of dtypes) {
      for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(holds(dtype, value)).toBe(integerRange(dtype) === undefined);
      }
    }
  });

  test("hold all of another if its hardest values come back", () => {
    for (const wide of dtypes) {
      for (const narrow of dtypes) {
        const all = hardest(narrow).every((value) => Object.is(as(wide, value), value));
        expect([wide, narrow, holdsAllOf(wide, narrow)]).toEqual([wide, narrow, all]);
      }
    }
  });

  test("have a narrowest one that holds all of several", () => {
    fc.assert(
      fc.property(fc.array(anyDtype, { minLength: 1, maxLength: 4 }), (given) => {
        const common = commonDtype(given);
        for (const dtype of given) for (const value of hardest(dtype)) expect(as(common, value)).toBe(value);
        const narrower = dtypes.slice(0, dtypes.indexOf(common));
        for (const other of narrower) expect(given.every((dtype) => holdsAllOf(other, dtype))).toBe(false);
      }),
    );
  });

  test("stay where values fit, and become one in which neither they nor the values that were there change", () => {
    const anyValue = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.maxSafeInteger(), fc.constantFrom(0.5, -0.25));
    fc.assert(
      fc.property(anyDtype, fc.array(anyValue, { maxLength: 3 }), (dtype, values) => {
        const chosen = dtypeWith(dtype, values);
        if (values.every((value) => holds(dtype, value))) expect(chosen).toBe(dtype);
        else for (const value of [...values, ...hardest(dtype)]) expect(as(chosen, value)).toBe(value);
      }),
    );
    expect([dtypeWith("uint8", [-1]), dtypeWith("int32", [0.5]), dtypeWith("uint8", [2 ** 24 + 1])]).toEqual([
      "float32",
      "float64",
      "float64",
    ]);
  });
});
