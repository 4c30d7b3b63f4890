import type { Stage } from "./stage.ts";
import type { Transform } from "./transform.ts";
import { TransformStage } from "./transform-stage.ts";

const part: unique symbol = Symbol("voxrx.operator");

/** What an operator adds to a plan: transforms, or a stage of its own. */
export type OperatorPart = readonly Transform[] | ((input: Stage<unknown>) => Stage<unknown>);

/** Notes on a function what it adds to a plan, so that `pipe` composes plans instead of observables. */
export function markOperator<F extends object>(operator: F, adds: OperatorPart): F {
  return Object.assign(operator, { [part]: adds });
}

/** What an operator of ours adds to a plan; undefined for any other function. */
export function operatorPart(operator: object): OperatorPart | undefined {
  return isMarked(operator) ? operator[part] : undefined;
}

/** The plan after an operator. Neighbouring transforms become one chain. */
export function extendPlan(input: Stage<unknown>, adds: OperatorPart): Stage<unknown> {
  return typeof adds === "function" ? adds(input) : TransformStage.over(input, adds);
}

function isMarked(operator: object): operator is { readonly [part]: OperatorPart } {
  return part in operator;
}
