import type { Stage } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";

/** The seeds of the sources of a plan, each once. */
export function sourceSeedsOf(stage: Stage<unknown>): readonly Seed[] {
  if (stage.inputs.length === 0) return [stage.seed];
  return [...new Set(stage.inputs.flatMap(sourceSeedsOf))];
}
