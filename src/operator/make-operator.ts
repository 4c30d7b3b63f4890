/** Makes operators: functions from any Observable to a Dataset that also carry what they add to a plan. */
import type { Observable } from "rxjs";
import { Dataset } from "../dataset.ts";
import { extendPlan, type PlanExtension, withExtension } from "../extend-plan.ts";

/** Makes an operator from what it adds to a plan. Its type `O` is stated by the factory and not checked. */
export function makeOperator<O>(added: PlanExtension): O;
export function makeOperator(added: PlanExtension): unknown {
  const operator = withExtension((source: Observable<unknown>): Dataset<unknown> => {
    const dataset = source instanceof Dataset ? source : Dataset.from(source);
    return Dataset.ofStage(extendPlan(dataset.stage, [operator]));
  }, added);
  return operator;
}
