/** What the stages of a plan do to items, as text, to notice when a plan has changed. */
import { canonical, NotCanonical } from "../fingerprint/canonical.ts";
import { contentOf } from "../fingerprint/content.ts";
import { fanOf } from "../plan/one-to-many-stage.ts";
import type { Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import { isTextless } from "../plan/user-function.ts";

/** What is done to the items of a stage. */
export interface StepText {
  /** Steps in their order; of several inputs, a list of each before what follows. */
  readonly steps: readonly unknown[];
  /** Whether something among them may draw random numbers. */
  readonly draws: boolean;
}

/**
 * What a plan does to items: transforms and stages with their options, functions of a user by their source text, and the
 * seeds that draws come from. Stages that only choose items are left out, since which items there are, and in which order,
 * is told by their list; but not where draws before them depend on the epoch or on ids that they give.
 */
export function stepText(stage: Stage<unknown>): StepText {
  const before = joined(stage.inputs.map(stepText));
  const own = ownSteps(stage, before.draws);
  const draws = own.draws ? [`seed ${JSON.stringify(stage.seed)}`] : [];
  return { steps: [...before.steps, ...own.steps, ...draws], draws: before.draws || own.draws };
}

/** Steps of inputs. Inputs at the end to which nothing is done are left out: one may be added. */
function joined(inputs: readonly StepText[]): StepText {
  const draws = inputs.some((input) => input.draws);
  const [first] = inputs;
  if (first && inputs.length === 1) return first;
  const last = inputs.findLastIndex(({ steps }) => steps.length > 0);
  return { steps: last < 0 ? [] : [inputs.slice(0, last + 1).map(({ steps }) => steps)], draws };
}

function ownSteps(stage: Stage<unknown>, drawsBefore: boolean): StepText {
  if (stage instanceof TransformStage) {
    const { deciding } = stage;
    return { steps: deciding.map(textOf), draws: deciding.some(({ kind }) => kind !== "deterministic") };
  }
  const { identity, passage, inputs } = stage;
  if (identity === undefined) return { steps: [], draws: false };
  const fan = fanOf(stage);
  const onlyChooses = stage.index && !fan && !passage?.cache && (inputs.length === 0 || passage?.keepsItems);
  if (onlyChooses) {
    if (!drawsBefore) return { steps: [], draws: false };
    const decides = passage?.epoch === undefined ? passage?.ids && nameOf(stage) : identityText(identity);
    return { steps: decides === undefined ? [] : [decides], draws: false };
  }
  const draws = stage.randomCount > Math.max(0, ...inputs.map(({ randomCount }) => randomCount));
  const { sourceText } = fan ?? {};
  // A function may draw.
  return { steps: [[identityText(identity), sourceText]], draws: draws || sourceText !== undefined };
}

/** Functions of a user in a plan whose text can't be read: they are bound, or not written in JavaScript. */
export function textlessIn(stage: Stage<unknown>): readonly string[] {
  const own = stage instanceof TransformStage ? stage.deciding.flatMap(textless) : [];
  const fan = fanOf(stage);
  const ofFan = fan?.sourceText !== undefined && isTextless(fan.sourceText) ? [fan.name] : [];
  return [...stage.inputs.flatMap(textlessIn), ...own, ...ofFan];
}

function textless({ name, sourceText, choice }: Transform): readonly string[] {
  if (choice) return choice.branches.flatMap((branch) => branch.flatMap(textless));
  return sourceText !== undefined && isTextless(sourceText) ? [name] : [];
}

function nameOf(stage: Stage<unknown>): string | undefined {
  return stage.describe().at(-1)?.name;
}

function identityText(identity: unknown): string {
  try {
    return canonical(identity);
  } catch (error) {
    if (error instanceof NotCanonical) return contentOf(identity);
    throw error;
  }
}

/** Of what has no fingerprint, all that can be seen of it counts, also of what is inside a choice. */
function textOf({ name, fingerprint, sourceText, detail, choice, declared }: Transform): string {
  if (fingerprint !== undefined) return JSON.stringify([name, fingerprint]);
  if (sourceText !== undefined) return JSON.stringify([name, detail, sourceText]);
  if (choice) {
    const { version, options, branches } = choice;
    const inside = branches.map((branch) => branch.flatMap(({ insteadOf, ...own }) => insteadOf ?? [own]).map(textOf));
    return JSON.stringify([name, version, contentOf(options), inside]);
  }
  const made = declared && [declared.declaration.version, declared.declaration.apply, declared.options];
  return JSON.stringify([name, detail, made && contentOf(made)]);
}
