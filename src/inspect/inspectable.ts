import { displayOf, firstItems, jupyterDisplay, type MimeBundle, nodeInspect } from "../display.ts";
import { explainStage, stageNames } from "../plan/explain-stage.ts";
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

  /** The first `count` items of the epoch that the next run would have. Does not count as a run. */
  async [firstItems](count: number): Promise<T[]> {
    const run = this.iterate({ epoch: this.nextEpoch });
    const items: T[] = [];
    try {
      while (items.length < count) {
        const next = await run.next();
        if (next.done) break;
        items.push(next.value);
      }
      return items;
    } finally {
      await run.return();
    }
  }

  /** What notebooks show: the plan, and the image of the first item. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return displayOf(this, this[nodeInspect]());
  }

  /** `Dataset of 240 items: load, orientation, batch (explain() shows the plan)` */
  [nodeInspect](): string {
    try {
      const length = this.stage.knownLength?.();
      const items = length === undefined ? "" : ` of ${length} ${length === 1 ? "item" : "items"}`;
      return `Dataset${items}: ${stageNames(this.stage).join(", ")} (explain() shows the plan)`;
    } catch {
      return "Dataset"; // a stage of somebody's can't tell
    }
  }
}
