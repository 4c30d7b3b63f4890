/** The transforms of operators that other operators contain. */
import type { OperatorFunction } from "rxjs";
import { OptionError } from "../../../src/errors.ts";
import { transformsOf } from "../../../src/extend-plan.ts";
import type { Transform } from "../../../src/plan/transform.ts";

/** The transforms of one operator, in their order. */
export type Branch = readonly Transform[];

/**
 * The transforms of each operator, also those inside `compose`. Stream operators (`batch`, `prefetch`, those of RxJS)
 * have none, and an operator that drops items does not turn one item into one item.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 */
export function branchesOf(owner: string, operators: readonly OperatorFunction<never, unknown>[]): readonly Branch[] {
  if (!Array.isArray(operators) || operators.length === 0) {
    throw new OptionError("VOXRX_BAD_OPTION", "expected at least one operator, got none", {
      operator: owner,
      remedy: `Give operators to ${owner}, such as flip({…}) and rotate90({…}).`,
    });
  }
  return operators.map((operator, n) => {
    const branch = transformsOf(operator);
    if (branch && !branch.some(({ drops }) => drops)) return branch;
    const fault = branch ? "drops items" : "does not turn one item into one item";
    throw new OptionError("VOXRX_BAD_OPTION", `operator ${n} ${fault}`, {
      operator: owner,
      remedy: `Move stream operators (batch, filter, prefetch, RxJS) out of ${owner}, and wrap functions in map.`,
    });
  });
}
