/** Declarations held to their promises with more options and kinds of items than the one case of each operator. */
import { describe, test } from "vitest";
import { operatorChecks } from "voxrx/extend";
import * as operators from "voxrx/operators";

/** Runs the suite on an operator with each set of options. */
export function optionSets(name: string, items: () => readonly unknown[], sets: readonly object[]): void {
  const factory: unknown = Reflect.get(operators, name);
  describe.each(sets)(`${name}(%j) on ${items.name}`, (options) => {
    for (const { promise, run } of operatorChecks({ factory, options, items })) test(promise, run);
  });
}
