/** How operators are made. An operator of ours is a function from any Observable to a Dataset that also says what it adds to a plan. */
import type { Observable } from "rxjs";
import { Dataset } from "../dataset.ts";
import { extendPlan, markOperator, type OperatorPart } from "../plan/extend-plan.ts";

/** Makes an operator of type `O` of what it adds to a plan. `O` is believed: the factory that calls this states it. */
export function makeOperator<O>(adds: OperatorPart): O;
export function makeOperator(adds: OperatorPart): unknown {
  return markOperator((source: Observable<unknown>) => {
    const dataset = source instanceof Dataset ? source : Dataset.from(source);
    return Dataset.ofStage(extendPlan(dataset.stage, adds));
  }, adds);
}
