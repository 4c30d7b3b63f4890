/** Operators inside others: what they are made of. */
import type { OperatorFunction } from "rxjs";
import { Dataset } from "../../../src/dataset.ts";
import { OptionError } from "../../../src/errors.ts";
import { extendPlan, operatorPart } from "../../../src/plan/extend-plan.ts";
import type { Transform } from "../../../src/plan/transform.ts";
import { TransformStage } from "../../../src/plan/transform-stage.ts";

/** The transforms of one operator, in their order. */
export type Branch = readonly Transform[];

/**
 * The transforms of each operator, through `compose` too. Operators on streams (`batch`, `prefetch`, those of RxJS) have none, and an
 * operator that leaves items out is not a transform from item to item.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 */
export function branchesOf(asker: string, operators: readonly OperatorFunction<never, unknown>[]): readonly Branch[] {
  if (!Array.isArray(operators) || operators.length === 0) {
    throw new OptionError("VOXRX_BAD_OPTION", "there is nothing to choose from", {
      operator: asker,
      remedy: `Give operators to ${asker}, such as flip({…}) and rotate90({…}).`,
    });
  }
  return operators.map((operator, n) => {
    const branch = branchOf(operator);
    if (branch && !branch.some(({ drops }) => drops)) return branch;
    const what = branch ? "leaves items out" : "is not a chain of transforms from item to item";
    throw new OptionError("VOXRX_BAD_OPTION", `operator ${n} ${what}`, {
      operator: asker,
      remedy: `Put operators on streams (batch, filter, prefetch, those of RxJS) outside of ${asker}, and functions into map.`,
    });
  });
}

/** What an operator adds to an empty plan, if that is a chain of transforms. */
function branchOf(operator: OperatorFunction<never, unknown>): Branch | undefined {
  const adds = typeof operator === "function" ? operatorPart(operator) : undefined;
  if (!adds) return undefined;
  const nothing = Dataset.from(() => []).stage;
  const plan = extendPlan(nothing, adds);
  if (plan === nothing) return [];
  return plan instanceof TransformStage && plan.base === nothing ? plan.transforms : undefined;
}
