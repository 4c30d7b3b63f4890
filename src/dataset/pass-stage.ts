import type { Seed } from "../random/random.ts";
import type { Cursor, Run, Stage, StageText } from "./stage.ts";

/** What all stages with inputs share: seed and randomness come along the first one. */
export abstract class PassStage implements Stage<unknown> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  index: Stage<unknown>["index"];

  constructor(...inputs: readonly [Stage<unknown>, ...Stage<unknown>[]]) {
    this.inputs = inputs;
    this.seed = inputs[0].seed;
    this.randomCount = Math.max(...inputs.map((input) => input.randomCount));
  }

  abstract start(run: Run): Cursor<unknown>;
  abstract describe(): readonly StageText[];
}
