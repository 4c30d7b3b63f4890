/** What `oneOf`, `someOf` and `randomOrder` have in common: one transform that draws which of several to apply, and in which order. */
import type { OperatorFunction } from "rxjs";
import { z } from "zod";
import { Dataset } from "../../src/dataset/dataset.ts";
import { itemFailure } from "../../src/dataset/failure.ts";
import { isPromise, type MaybePromise, whenReady } from "../../src/dataset/maybe.ts";
import { makeOperator, type SameOperator } from "../../src/dataset/operator.ts";
import { extendPlan, operatorPart } from "../../src/dataset/operator-part.ts";
import type { StageText } from "../../src/dataset/stage.ts";
import { type ItemContext, optionsText, type Transform, transformText } from "../../src/dataset/transform.ts";
import { TransformStage } from "../../src/dataset/transform-stage.ts";
import { OptionError } from "../../src/errors.ts";
import { fingerprintOf } from "../../src/fingerprint/fingerprint.ts";
import type { Random } from "../../src/random/random.ts";
import { type Drawn, InsideContext } from "./inside-context.ts";

/** The transforms of one of the operators to choose from, in their order. */
export type Branch = readonly Transform[];

/** What {@link choiceOperator} is told. */
export interface Choice {
  readonly name: string;
  readonly version: number;
  /** The options in effect, without the operators: plain data. */
  readonly options: object;
  readonly branches: readonly Branch[];
  /** Draws the positions of the branches to apply, in the order of application. */
  readonly draw: (random: Random) => readonly number[];
}

/** Makes the operator of a choice: one random transform, whose identity covers those inside. */
export function choiceOperator<T>({ name, version, options, branches, draw }: Choice): SameOperator<T> {
  const inside = branches.map((branch) => branch.map(({ fingerprint }) => fingerprint));
  const transform: Transform = {
    name,
    kind: "random",
    fingerprint: inside.flat().includes(undefined) ? undefined : fingerprintOf(name, version, [options, inside]),
    detail: optionsText(options),
    describe: () => [
      { name, notes: ["random"], ...detailOf(options) },
      ...branches.flatMap((branch, n) => branch.flatMap(transformText).map((text) => numbered(text, n))),
    ],
    concurrency: Math.max(1, ...branches.flat().map(({ concurrency = 1 }) => concurrency)),
    apply(item, context) {
      const chosen = draw(context.random()).map((branch) => ({ branch, drew: [] as Drawn[] }));
      const steps = chosen.flatMap(({ branch, drew }, turn) =>
        stepsOf(branches[branch] ?? [], context.inner(turn), drew),
      );
      return whenReady(inTurn(steps, item, name), (result) => {
        context.drew({ chosen });
        return result;
      });
    },
  };
  return makeOperator<SameOperator<T>>([transform]);
}

/**
 * The transforms of each operator, through `compose` too. Operators of streams (`batch`, `prefetch`, those of RxJS) have none, and
 * who leaves items out is no transform from item to item.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 */
export function branchesOf(asker: string, operators: readonly OperatorFunction<never, unknown>[]): readonly Branch[] {
  if (!Array.isArray(operators) || operators.length === 0) {
    throw new OptionError("VOXRX_BAD_OPTION", "there is nothing to choose from", {
      operator: asker,
      remedy: `Give a list of operators: ${asker}([flip({…}), rotate90({…})]).`,
    });
  }
  return operators.map((operator, n) => {
    const branch = branchOf(operator);
    if (branch && !branch.some(({ drops }) => drops)) return branch;
    const what = branch ? "leaves items out" : "is no chain of transforms from item to item";
    throw new OptionError("VOXRX_BAD_OPTION", `operator ${n} of the list ${what}`, {
      operator: asker,
      remedy: `Put operators of streams (batch, filter, prefetch, those of RxJS) outside of ${asker}, and functions into map.`,
    });
  });
}

/** What an operator adds to a plan of nothing, if that is a chain of transforms. */
function branchOf(operator: OperatorFunction<never, unknown>): Branch | undefined {
  const adds = typeof operator === "function" ? operatorPart(operator) : undefined;
  if (!adds) return undefined;
  const nothing = Dataset.from(() => []).stage;
  const plan = extendPlan(nothing, adds);
  if (plan === nothing) return [];
  return plan instanceof TransformStage && plan.base === nothing ? plan.transforms : undefined;
}

interface Step {
  readonly transform: Transform;
  readonly context: ItemContext;
}

/** Each transform with a generator of its own, also where one is applied twice. */
function stepsOf(branch: Branch, context: ItemContext, drew: Drawn[]): Step[] {
  return branch.map((transform, n) => ({
    transform,
    context: new InsideContext(context.inner(n), (params) => drew.push({ operator: transform.name, params })),
  }));
}

function inTurn(steps: readonly Step[], item: unknown, asker: string, from = 0): MaybePromise<unknown> {
  let value = item;
  for (const [n, { transform, context }] of steps.entries()) {
    if (n < from) continue;
    const failed = (caught: unknown): never => {
      const place = { operator: `${asker} of ${transform.name}`, item: context.key };
      throw itemFailure(caught, place, context.signal);
    };
    const before = value;
    const result = attempt(() => transform.apply(before, context), failed);
    if (isPromise(result)) {
      return result.then((made) => {
        context.signal.throwIfAborted();
        return inTurn(steps, made, asker, n + 1);
      }, failed);
    }
    value = result;
  }
  return value;
}

function attempt(work: () => MaybePromise<unknown>, failed: (caught: unknown) => never): MaybePromise<unknown> {
  try {
    return work();
  } catch (caught) {
    return failed(caught);
  }
}

function detailOf(options: object): { readonly detail?: string } {
  const detail = optionsText(options);
  return detail === undefined ? {} : { detail };
}

function numbered(text: StageText, n: number): StageText {
  return { ...text, name: `  ${n}: ${text.name}` };
}

/** The schema of weights for `count` operators. */
export function weightsSchema(count: number) {
  return z
    .array(z.number().min(0))
    .length(count, `give one weight for each of the ${count} operators`)
    .refine((weights) => weights.some((weight) => weight > 0), "one weight must be above 0");
}

/** A position, drawn with a probability in proportion to its weight. */
export function drawWeighted(random: Random, weights: readonly number[]): number {
  let rest = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (const [n, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (rest < weight) return n;
    rest -= weight;
    last = n;
  }
  return last;
}
