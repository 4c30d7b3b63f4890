import type { OperatorFunction } from "rxjs";
import type { Seed } from "../../random/random.ts";
import type { Cursor, Run, Stage, StageText } from "../stage.ts";

/** An operator of RxJS, run under demand. */
export class BridgeStage implements Stage<unknown> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;

  constructor(input: Stage<unknown>, _operator: OperatorFunction<never, unknown>) {
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
  }

  start(_run: Run): Cursor<unknown> {
    throw new Error("being built");
  }

  describe(): readonly StageText[] {
    return [{ name: "rxjs", notes: ["opaque"] }];
  }
}
