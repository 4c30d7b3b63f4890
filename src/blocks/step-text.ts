/** What the stages of a plan do to items, as text, to notice when a plan has changed. */
import { canonical, NotCanonical } from "../fingerprint/canonical.ts";
import { fanOf } from "../plan/one-to-many-stage.ts";
import type { Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import { contentOf } from "./record-content.ts";

/** What one stage does to items, and whether it may draw random numbers. */
export interface StepText {
  readonly text: string;
  readonly draws: boolean;
}

/**
 * The steps of a plan, inputs first: transforms and stages with their options, functions of a user by their source text.
 * Stages that only choose items are left out: which items there are, and in which order, is told by their list.
 */
export function stepTexts(stage: Stage<unknown>): readonly StepText[] {
  const before = stage.inputs.flatMap(stepTexts);
  if (stage instanceof TransformStage) {
    const own = stage.deciding.map((each) => ({ text: textOf(each), draws: each.kind !== "deterministic" }));
    return [...before, ...own];
  }
  const fan = fanOf(stage);
  const onlyChooses = stage.index && !fan && (stage.inputs.length === 0 || stage.passage?.keepsItems);
  if (stage.identity === undefined || onlyChooses) return before;
  const draws = stage.randomCount > Math.max(0, ...stage.inputs.map(({ randomCount }) => randomCount));
  return [...before, { text: JSON.stringify([identityText(stage.identity), fan?.sourceText]), draws }];
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
