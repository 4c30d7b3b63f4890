/** The suite of `voxrx/extend`, as tests. */
import { describe, test } from "vitest";
import { type OperatorSubject, operatorChecks } from "voxrx/extend";

/** One operator to be held to its promises. */
export type OperatorCase = OperatorSubject;

/** Runs the suite on one operator. */
export function operatorConformance(name: string, subject: OperatorCase): void {
  describe(`operator ${name}`, () => {
    for (const { promise, run } of operatorChecks(subject)) test(promise, run);
  });
}
