/** How operators extend a plan: each operator function carries what it adds, and only this file reads that. */
import type { OperatorFunction } from "rxjs";
import { OptionError } from "./errors.ts";
import type { Stage } from "./plan/stage.ts";
import type { Transform } from "./plan/transform.ts";
import { TransformStage } from "./plan/transform-stage.ts";
import { BridgeStage } from "./rxjs/bridge-stage.ts";

const extension: unique symbol = Symbol("voxrx.operator");

/** Factories bear it: see declared-factory.ts, which imports this file. */
const declaration: unique symbol = Symbol.for("voxrx.declaration");

/** What an operator adds to a plan: transforms, or a function that puts a stage on top of the plan. */
export type PlanExtension = readonly Transform[] | ((input: Stage<unknown>) => Stage<unknown>);

/** Attaches to a function what it adds to a plan, so that `pipe` composes plans instead of Observables. */
export function withExtension<F extends object>(operator: F, added: PlanExtension): F {
  return Object.assign(operator, { [extension]: added });
}

/** The transforms that an operator adds to a plan; undefined if it adds a stage or is not an operator of VoxRx. */
export function transformsOf(operator: unknown): readonly Transform[] | undefined {
  const added = addedBy(operator);
  return typeof added === "function" ? undefined : added;
}

/** What several operators add one after the other: transforms if all of them add transforms, otherwise a stage. */
export function addedByAll(operators: readonly OperatorFunction<never, unknown>[]): PlanExtension {
  const transforms = operators.map(transformsOf);
  return transforms.includes(undefined)
    ? (input) => extendPlan(input, operators)
    : transforms.flatMap((each) => each ?? []);
}

/** The plan after operators. Neighboring transforms become one chain; an operator of RxJS is bridged. */
export function extendPlan(
  input: Stage<unknown>,
  operators: readonly OperatorFunction<never, unknown>[],
): Stage<unknown> {
  return operators.reduce((stage, operator, n) => {
    if (typeof operator !== "function") throw notAnOperator(n, operator);
    const added = addedBy(operator);
    if (declaration in operator) throw notCalled(n, operator.name);
    if (added === undefined) return new BridgeStage(stage, operator);
    return typeof added === "function" ? added(stage) : TransformStage.over(stage, added);
  }, input);
}

function addedBy(operator: unknown): PlanExtension | undefined {
  return isExtending(operator) ? operator[extension] : undefined;
}

function isExtending(operator: unknown): operator is { readonly [extension]: PlanExtension } {
  return typeof operator === "function" && extension in operator;
}

/** Plain JavaScript: for the compiler, a factory is no operator. */
function notCalled(n: number, name: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `operator ${n + 1} is ${name} itself, which was not called`, {
    operator: "pipe",
    remedy: `Pass what it returns: ${name}(…).`,
  });
}

function notAnOperator(n: number, given: unknown): OptionError {
  const isList = Array.isArray(given);
  const got = isList ? "a list" : String(given);
  return new OptionError("VOXRX_BAD_OPTION", `operator ${n + 1} must be a function, got ${got}`, {
    operator: "pipe",
    remedy: isList
      ? "Pass operators one by one: pipe(...list), compose(...list)."
      : "Pass what a factory returns, such as shuffle(), or an operator of RxJS.",
  });
}
