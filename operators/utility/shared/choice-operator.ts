/**
 * Shared by `oneOf`, `someOf` and `randomOrder`: one transform that draws which of several to apply, and in which
 * order.
 */
import { type MaybePromise, whenReady } from "../../../src/async/maybe-promise.ts";
import { fingerprintOf } from "../../../src/fingerprint/fingerprint.ts";
import { makeOperator } from "../../../src/operator/make-operator.ts";
import type { ItemContext } from "../../../src/plan/item-context.ts";
import type { IndexedOperator } from "../../../src/plan/operator-types.ts";
import { runNested } from "../../../src/plan/run-transforms.ts";
import type { StageText } from "../../../src/plan/stage.ts";
import { optionsText, type Transform, transformText } from "../../../src/plan/transform.ts";
import type { Random } from "../../../src/random/random.ts";
import type { Branch } from "./branches.ts";

/** A choice among operators. */
export interface Choice {
  readonly name: string;
  readonly version: number;
  /** The options in effect, without the operators: plain data. */
  readonly options: object;
  readonly branches: readonly Branch[];
  /** Draws the positions of the branches to apply, in the order of application. */
  readonly draw: (random: Random) => readonly number[];
}

/** Makes the operator of a choice: one random transform, whose identity covers the transforms inside. */
export function choiceOperator<T>({ name, version, options, branches, draw }: Choice): IndexedOperator<T, T> {
  const detail = optionsText(options);
  const transform: Transform = {
    name,
    kind: "random",
    get fingerprint() {
      const inside = branches.map((branch) => branch.map(({ fingerprint }) => fingerprint));
      return inside.flat().includes(undefined) ? undefined : fingerprintOf(name, version, [options, inside]);
    },
    detail,
    describe: () => [
      { name, notes: ["random"], ...(detail === undefined ? {} : { detail }) },
      ...branches.flatMap((branch, n) => branch.flatMap(transformText).map((text) => numbered(text, n))),
    ],
    choice: { name, version, options, branches },
    concurrency: Math.max(1, ...branches.flat().map(({ concurrency = 1 }) => concurrency)),
    apply: (item, context) => {
      const chosen = draw(context.random()).map((branch): Chosen => ({ branch, drew: [] }));
      return whenReady(applyInTurn(branches, chosen, item, context), (result) => {
        context.drew({ chosen });
        return result;
      });
    },
  };
  return makeOperator<IndexedOperator<T, T>>([transform]);
}

/** One branch to apply, and what its transforms draw. Plain JSON. */
interface Chosen {
  readonly branch: number;
  readonly drew: { readonly operator: string; readonly params: unknown }[];
}

function applyInTurn(
  branches: readonly Branch[],
  chosen: readonly Chosen[],
  item: unknown,
  context: ItemContext,
  turn = 0,
): MaybePromise<unknown> {
  const next = chosen[turn];
  if (!next) return item;
  return whenReady(runNested(branches[next.branch] ?? [], item, context, turn), ({ value, draws }) => {
    next.drew.push(...draws.map(({ operator, params }) => ({ operator, params })));
    return applyInTurn(branches, chosen, value, context, turn + 1);
  });
}

function numbered(text: StageText, n: number): StageText {
  return { ...text, name: `  ${n}: ${text.name}` };
}
