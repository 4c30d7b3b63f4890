/** How operators are made. An operator of ours is a function from any Observable to a Dataset that also says what it adds to a plan. */
import type { Observable, OperatorFunction } from "rxjs";
import { PipelineError } from "../errors.ts";
import { Dataset, type IndexedOperator } from "./dataset.ts";
import { extendPlan, markOperator, type OperatorPart, operatorPart } from "./operator-part.ts";
import type { Stage } from "./stage.ts";
import { declareTransform, type Transform, type TransformDeclaration } from "./transform.ts";

/** An operator that gives items of the type that it takes. */
export type SameOperator<T> = IndexedOperator<T, T>;

/** Makes an operator of type `O` of what it adds to a plan. `O` is believed: the factory that calls this states it. */
export function makeOperator<O>(adds: OperatorPart): O;
export function makeOperator(adds: OperatorPart): unknown {
  return markOperator((source: Observable<unknown>) => {
    const dataset = source instanceof Dataset ? source : Dataset.from(source);
    return Dataset.ofStage(extendPlan(dataset.stage, adds));
  }, adds);
}

/** Makes an operator of a stage that pulls from the one before. */
export function stageOperator<O>(build: (input: Stage<unknown>) => Stage<unknown>): O {
  return makeOperator<O>(build);
}

/** Makes an operator of one item transform. */
export function transformOperator<A, B, O = IndexedOperator<A, B>>(declaration: TransformDeclaration<A, B>): O {
  return makeOperator<O>([eraseTypes(declareTransform(declaration))]);
}

/** The transforms of an operator, for those that work with transforms (`compose`, `oneOf`). */
export function transformsOf(operator: OperatorFunction<never, unknown>, asker: string): readonly Transform[] {
  const adds = operatorPart(operator);
  if (Array.isArray(adds)) return adds;
  throw new PipelineError("VOXRX_WRONG_FIELD", `${asker} was given a function that is no transform of VoxRx`, {
    operator: asker,
    remedy: "Wrap a function of your own in map(fn), and put operators of streams (batch, prefetch) outside.",
  });
}

function eraseTypes<A, B>(transform: Transform<A, B>): Transform;
function eraseTypes(transform: unknown): unknown {
  return transform;
}
