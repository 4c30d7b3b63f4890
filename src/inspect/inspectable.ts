import { explainStage } from "../plan/explain-stage.ts";
import type { Stage } from "../plan/stage.ts";
import type { RunIterator, RunOptions } from "../run.ts";
import { Observable } from "../rxjs/observable.ts";

/** What a dataset tells of itself and of its runs: its plan, where the time goes, where an item came from. */
export abstract class Inspectable<T> extends Observable<T> {
  abstract readonly stage: Stage<T>;
  abstract iterate(options?: RunOptions): RunIterator<T>;
  /** The epoch that the next run has. */
  protected abstract get nextEpoch(): number;

  /** The plan as text: each stage with its options in effect, what is fused, cached, random or opaque, and why. */
  explain(): string {
    const length = this.stage.knownLength?.();
    const items = length === undefined ? "" : `, ${length} items`;
    return `epoch ${this.nextEpoch} is next${items}\n${explainStage(this.stage)}`;
  }
}
