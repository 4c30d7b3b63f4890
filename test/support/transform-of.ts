import { operatorPart } from "../../src/dataset/operator-part.ts";
import type { Transform } from "../../src/dataset/transform.ts";

/** The one transform that an operator adds to a plan. */
export function transformOf(operator: object): Transform {
  const adds = operatorPart(operator);
  const [transform, ...more] = Array.isArray(adds) ? adds : [];
  if (transform && more.length === 0) return transform;
  throw new Error("the operator is not one transform from item to item");
}
