import type { Stage } from "../plan/stage.ts";
import { type BlockJob, type BlockResult, computeBlock } from "./compute-block.ts";
import { DividedPlan, type ListedItem } from "./divided-plan.ts";

/** Method of a dataset that returns its {@link PlanInBlocks}. It is also known to other copies of this package. */
export const inBlocks: unique symbol = Symbol.for("voxrx.inBlocks");

/** A plan whose items are computed in blocks: what the command uses of a dataset. */
export class PlanInBlocks {
  readonly #plan: DividedPlan;

  /** @throws PipelineError `VOXRX_NOT_DIVISIBLE` */
  constructor(stage: Stage<unknown>) {
    this.#plan = new DividedPlan(stage);
  }

  /** A digest of what decides what is made of an item. */
  get identity(): string {
    return this.#plan.identity;
  }

  /** The items of an epoch, without computing any. */
  list(epoch: number, signal: AbortSignal): Promise<readonly ListedItem[]> {
    return this.#plan.list({ epoch, seed: undefined, signal });
  }

  /** See {@link computeBlock}. */
  compute(job: BlockJob, signal: AbortSignal, onItem?: (items: number) => void): Promise<BlockResult> {
    return computeBlock(this.#plan, job, { signal, ...(onItem ? { onItem } : {}) });
  }
}
