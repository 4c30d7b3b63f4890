/** A plan divided: the stage that says which items there are, and what is done to each of them. */

import { EventLoopTurns } from "../async/event-loop-turn.ts";
import { whenReady } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { digest } from "../fingerprint/fingerprint.ts";
import { Only } from "../plan/inspection.ts";
import { outsideOfRun } from "../plan/item-failure.ts";
import { fanOf, fanStage } from "../plan/one-to-many-stage.ts";
import { indexOf, type Run, type Stage } from "../plan/stage.ts";
import { IndexLists, SubsetStage } from "../plan/subset-stage.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import { stepText, textlessIn } from "./step-text.ts";

/** An item as the plan lists it, before anything is done to it. */
export interface ListedItem {
  readonly id: string;
  /** Its record. */
  readonly value: unknown;
}

/** Makes a stage again over another input. */
type Over = (input: Stage<unknown>) => Stage<unknown>;

/**
 * A plan of which any items can be computed without the others, by the ids that they have at `base`.
 *
 * @throws PipelineError `VOXRX_NOT_DIVISIBLE` if an operator needs items together, or they have no index
 */
export class DividedPlan {
  readonly #plan: Stage<unknown>;
  readonly #base: Stage<unknown>;
  /** What is done to the items, the first stage first. */
  readonly #steps: readonly Over[];
  /** The epoch of the list, if a step pins it: which items come, and in which order, may depend on it. */
  readonly #epoch: number | undefined;

  constructor(plan: Stage<unknown>) {
    refuseUndivided(plan);
    const { base, steps, epoch } = cut(plan, []);
    if (!base.index || base.passage?.epoch === "several") throw notDivisible(base);
    this.#plan = plan;
    this.#base = base;
    this.#steps = steps;
    this.#epoch = epoch;
  }

  /** The items, in the order of the plan. None of them is computed. */
  async list(run: Run): Promise<readonly ListedItem[]> {
    const view = await this.#ids(run);
    const turns = new EventLoopTurns();
    const items: ListedItem[] = [];
    for (let n = 0; n < view.length; n++) {
      const { id, value } = await outsideOfRun(() => view.at(n), run.signal);
      items.push({ id, value });
      await turns.ifDue();
    }
    return items;
  }

  /**
   * Places of items in the list, where they are expected first.
   *
   * @throws PipelineError `VOXRX_UNKNOWN_ITEM`
   */
  async find(ids: readonly string[], expected: readonly number[], run: Run): Promise<readonly number[]> {
    const view = await this.#ids(run);
    const isThere = await Promise.all(
      ids.map(async (id, n) => {
        const place = expected[n] ?? -1;
        return place >= 0 && place < view.length && (await view.at(place)).id === id;
      }),
    );
    if (isThere.every(Boolean)) return expected;
    const places = new Map((await this.list(run)).map(({ id }, n) => [id, n]));
    return ids.map((id) => {
      const place = places.get(id);
      if (place !== undefined) return place;
      throw new PipelineError("VOXRX_UNKNOWN_ITEM", `the plan has no item with the id "${id}" any more`, {
        remedy: "Run the command again: it lists the items again.",
      });
    });
  }

  /** The items at some places of the list. None of them is computed. */
  async at(places: readonly number[], run: Run): Promise<readonly ListedItem[]> {
    const view = await this.#ids(run);
    return Promise.all(
      places.map(async (place) => {
        const { id, value } = await outsideOfRun(() => view.at(place), run.signal);
        return { id, value };
      }),
    );
  }

  /** The plan over the items at some places. Everything is computed on this thread. */
  over(places: readonly number[]): Stage<unknown> {
    const lists = new IndexLists(() => [places]);
    const some: Stage<unknown> = new SubsetStage(
      this.#base,
      { name: "block", detail: `${places.length} items` },
      lists,
    );
    return this.#steps.reduce((stage, step) => step(stage), some);
  }

  /** A digest of what decides what is made of an item: transforms with their options, functions by their text. */
  get identity(): string {
    return digest(JSON.stringify(stepText(this.#plan).steps));
  }

  /** Functions whose change is not noticed, by their operators. */
  get textless(): readonly string[] {
    return textlessIn(this.#plan);
  }

  #ids(run: Run) {
    const listing = { ...run, epoch: this.#epoch ?? run.epoch, inspection: { isSilent: true, only: Only.nothing } };
    return outsideOfRun(() => whenReady(indexOf(this.#base, listing), (view) => view), run.signal);
  }
}

interface Cut {
  readonly base: Stage<unknown>;
  readonly steps: readonly Over[];
  /** The epoch that the steps give `base`, whatever that of the run is. */
  readonly epoch: number | undefined;
}

/** Takes off stages that do something to one item at a time, the last one first. */
function cut(stage: Stage<unknown>, steps: readonly Over[], epoch?: number): Cut {
  const [input] = stage.inputs;
  if (stage instanceof TransformStage) {
    const { base, transforms } = stage;
    // Its own chain, as it was: what functions draw depends on their place in it.
    return cut(base, [(other) => new TransformStage(other, transforms), ...steps], epoch);
  }
  if (!input || stage.inputs.length > 1) return { base: stage, steps, epoch };
  const fan = fanOf(stage);
  if (fan) return cut(input, [(other) => fanStage(other, fan), ...steps], epoch);
  const { passage, identity } = stage;
  // The blocks are what is computed at the same time.
  if (passage?.elsewhere) return cut(input, steps, epoch);
  // Of several that pin the epoch, the one next to the list decides.
  const pinned = typeof passage?.epoch === "number" ? passage.epoch : epoch;
  if (passage?.over) return cut(input, [passage.over, ...steps], pinned);
  if (passage?.keepsItems && !passage.cache && identity === undefined) return cut(input, steps, epoch);
  return { base: stage, steps, epoch };
}

/** Refuses stages that need items together, wherever they are. */
function refuseUndivided(stage: Stage<unknown>): void {
  if (stage.passage?.gathers) throw notDivisible(stage);
  if (stage.rank) {
    throw new PipelineError("VOXRX_NOT_DIVISIBLE", "the plan has only the items of one rank", {
      operator: nameOf(stage),
      remedy: "Leave it out: the items are divided into blocks, whoever computes them.",
    });
  }
  stage.inputs.forEach(refuseUndivided);
}

function notDivisible(base: Stage<unknown>): PipelineError {
  const { passage } = base;
  const [fault, remedy] = passage?.gathers
    ? ["it makes one item of several", "Leave it out here, and use it where the shards are read."]
    : passage?.losesIds
      ? [
          "items have no stable id after an operator of RxJS",
          "Use an operator of VoxRx instead, or put it where the shards are read.",
        ]
      : passage?.epoch === "several"
        ? ["it has the same items in several epochs", "Choose one with epoch(n)."]
        : base.inputs.length === 0
          ? [
              "items of a stream can't be found by their ids",
              "Start from a list (Dataset.from([...]), Dataset.lazy), or put indexed() after the source.",
            ]
          : [
              "what it gives for an item may depend on other items",
              "Leave it out here, and use it where the shards are read; or put indexed() after it.",
            ];
  return new PipelineError("VOXRX_NOT_DIVISIBLE", `the plan can't be divided into blocks: ${fault}`, {
    operator: nameOf(base),
    remedy,
  });
}

function nameOf(stage: Stage<unknown>): string | undefined {
  return stage.describe().at(-1)?.name;
}
