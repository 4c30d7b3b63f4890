/** What a plan says of its items as a whole. */
import type { Run, Stage } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";

/** The seeds of the sources of a plan, each once; or the one that a run has instead. */
export function seedsOf(stage: Stage<unknown>, run: Run): readonly Seed[] {
  if (run.seed !== undefined) return [run.seed];
  if (stage.inputs.length === 0) return [stage.seed];
  return [...new Set(stage.inputs.flatMap((input) => seedsOf(input, run)))];
}

/** Name of the first source. */
export function sourceOf(stage: Stage<unknown>): string {
  const [input] = stage.inputs;
  return input ? sourceOf(input) : (stage.describe().at(-1)?.name ?? "the source");
}

/** The epoch of the items: that of the run, unless the plan pins it; undefined if it has several. */
export function epochOf({ passage, inputs }: Stage<unknown>, epoch: number): number | undefined {
  if (passage?.epoch === "several") return undefined;
  const own = passage?.epoch ?? epoch;
  const [input] = inputs;
  return input ? epochOf(input, own) : own;
}
