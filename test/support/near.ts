/** Numbers that are right to some digits. */
import { expect } from "vitest";

/** What numbers must be close to, to that many digits after the point. */
export const near = (values: readonly number[], digits = 6) => values.map((value) => expect.closeTo(value, digits));

/** Expects numbers close to others, to that many digits after the point. */
export function expectNear(values: readonly number[], expected: readonly number[], digits = 5): void {
  expect([...values]).toEqual(near(expected, digits));
}
