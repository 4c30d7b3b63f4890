import { transformsOf } from "../../src/extend-plan.ts";
import type { Transform } from "../../src/plan/transform.ts";

/** The transforms that an operator adds to a plan; none if it is a stage of its own. */
export function transformsIn(operator: object): readonly Transform[] {
  return transformsOf(operator) ?? [];
}

/** The one transform that an operator adds to a plan. */
export function transformOf(operator: object): Transform {
  const [transform, ...more] = transformsIn(operator);
  if (transform && more.length === 0) return transform;
  throw new Error("the operator is not one transform from item to item");
}
