import { PipelineError } from "../errors.ts";
import type { Stage } from "../plan/stage.ts";
import { type Block, isOfList } from "./block-manifest.ts";
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

  /** Functions whose change is not noticed, by their operators. */
  get textless(): readonly string[] {
    return this.#plan.textless;
  }

  /** The items of an epoch, without computing any. */
  list(epoch: number, signal: AbortSignal): Promise<readonly ListedItem[]> {
    return this.#plan.list({ epoch, seed: undefined, signal });
  }

  /**
   * Checks that a block is of this plan and its records: the process that computes it has imported the pipeline by
   * itself, maybe after somebody changed it.
   *
   * @throws PipelineError `VOXRX_OTHER_PLAN`
   */
  async check(job: BlockJob & Block, signal: AbortSignal): Promise<void> {
    const run = { epoch: job.epoch, seed: undefined, signal };
    const items = await this.#plan.at(await this.#plan.find(job.items, job.places, run), run);
    const values = new Map(items.map(({ id, value }) => [id, value]));
    if (isOfList(job, { ...job, plan: this.identity }, values)) return;
    throw new PipelineError("VOXRX_OTHER_PLAN", "the pipeline or its list has changed since this run began", {
      remedy:
        "Start the command again. If nothing was changed, the module lists other records each time that it is imported: leave times and random numbers out of them.",
    });
  }

  /** See {@link computeBlock}. */
  compute(job: BlockJob, signal: AbortSignal, onItem?: (items: number) => void): Promise<BlockResult> {
    return computeBlock(this.#plan, job, { signal, ...(onItem ? { onItem } : {}) });
  }
}
