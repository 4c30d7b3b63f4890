/**
 * The steps that a `parallel` runs elsewhere, as data, and the same steps made again. They work on one entry at a time,
 * and yield what the plan would yield for it.
 */
import type { OperatorFunction } from "rxjs";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { extendPlan } from "../extend-plan.ts";
import {
  type Factories,
  type OperatorData,
  operatorOf,
  type TransformData,
  transformsFrom,
} from "../operator/relocation.ts";
import type { ItemNotes } from "../plan/item-context.ts";
import { type Cursor, type Entry, open, type Position, type Run, type Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import type { Seed } from "../random/random.ts";

/** Neighboring transforms, or one operator that makes several items from one. */
export type StepData = { readonly transforms: readonly TransformData[] } | { readonly fan: OperatorData };

/** A chain of steps as data. */
export interface ChainData {
  /** The same for chains that do the same. */
  readonly id: string;
  /** Of the plan where the chain begins. */
  readonly seed: Seed;
  readonly randomCount: number;
  readonly steps: readonly StepData[];
  /** URLs of the modules that export users' operators. */
  readonly modules: readonly string[];
  /**
   * The identities of its transforms where it was composed: they differ where an image format is registered that is not
   * here, or the modules are of another version.
   */
  readonly fingerprints: readonly (string | undefined)[];
}

/** Yields the one entry that a run was given, whichever run that is. */
class GivenStage implements Stage<unknown> {
  readonly inputs = [];
  readonly seed: Seed;
  readonly randomCount: number;

  constructor(seed: Seed, randomCount: number) {
    this.seed = seed;
    this.randomCount = randomCount;
  }

  start({ whole }: Run): Cursor<unknown> {
    let entry = whole && givenTo.get(whole);
    return {
      next() {
        const given = entry;
        entry = undefined;
        return given;
      },
      close() {},
    };
  }

  describe() {
    return [];
  }
}

/** What a run is given, by `whole` of the run. */
const givenTo = new WeakMap<object, Entry<unknown>>();

/** A chain of steps that can be run on entries. */
export class Chain {
  readonly #stage: Stage<unknown>;
  readonly #transforms: readonly Transform[];

  private constructor(stage: Stage<unknown>, transforms: readonly Transform[]) {
    this.#stage = stage;
    this.#transforms = transforms;
  }

  /** @throws PipelineError `VOXRX_UNKNOWN_OPERATOR`; OptionError `VOXRX_BAD_OPTION` */
  static from({ seed, randomCount, steps }: ChainData, factories: Factories): Chain {
    const made = steps.map((step) =>
      "fan" in step ? operatorOf(step.fan, factories) : transformsFrom(step.transforms, factories),
    );
    return Chain.of({ seed, randomCount }, made);
  }

  /** @param steps operators that make several items from one, and transforms between them */
  static of(
    { seed, randomCount }: Pick<ChainData, "seed" | "randomCount">,
    steps: readonly (readonly Transform[] | OperatorFunction<never, unknown>)[],
  ): Chain {
    let stage: Stage<unknown> = new GivenStage(seed, randomCount);
    for (const step of steps) {
      stage = typeof step === "function" ? extendPlan(stage, [step]) : TransformStage.over(stage, step);
    }
    return new Chain(
      stage,
      steps.flatMap((step) => (typeof step === "function" ? [] : step)),
    );
  }

  get fingerprints(): readonly (string | undefined)[] {
    return this.#transforms.map(({ fingerprint }) => fingerprint);
  }

  /**
   * Begins to run the chain on an entry. Positions of what it yields are those after a stage that is at its start before
   * the entry.
   */
  start(entry: Entry<unknown>, run: Run, from?: Position): Cursor<unknown> {
    const whole = {};
    givenTo.set(whole, { ...entry, next: null });
    return open(this.#stage, { ...run, whole }, from);
  }

  /** Whether it yields at most one entry for one. */
  get isOneToOne(): boolean {
    return this.#stage instanceof TransformStage && this.#stage.base instanceof GivenStage;
  }

  /** The result for an entry, of a chain that is one to one. `notes` collects what the transforms record. */
  apply(entry: Entry<unknown>, run: Run, notes: ItemNotes): MaybePromise<Entry<unknown> | undefined> {
    return this.#stage instanceof TransformStage ? this.#stage.apply(entry, run, notes) : entry;
  }
}
