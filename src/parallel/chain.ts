/**
 * The steps that a `parallel` runs elsewhere, as data, and the same steps made again. They work on one entry at a time,
 * and yield what the plan would yield for it.
 */
import type { MaybePromise } from "../async/maybe-promise.ts";
import { extendPlan } from "../extend-plan.ts";
import {
  type FindFactory,
  type OperatorData,
  operatorOf,
  type TransformData,
  transformsFrom,
} from "../operator/relocation.ts";
import type { ItemNotes } from "../plan/item-context.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import type { ChainPlace } from "../plan/other-threads.ts";
import { type Cursor, type Entry, open, type Position, type Run, type Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import type { Seed } from "../random/random.ts";

/** Neighboring transforms, or one operator that makes several items from one. */
export type StepData = { readonly transforms: readonly TransformData[] } | { readonly fan: OperatorData };

/** A chain of steps as data. */
export interface ChainData extends ChainPlace {
  /** The same for chains that do the same. */
  readonly id: string;
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

/** Neighboring transforms, or what puts an operator on top of a stage that makes several items from one. */
export type Step = readonly Transform[] | ((input: Stage<unknown>) => Stage<unknown>);

/** A transform of a chain, or a stage of it that makes several items from one. */
export type ChainPart = Transform | { readonly name: string; readonly stage: Stage<unknown> };

/** A chain of steps that can be run on entries. */
export class Chain {
  readonly #stage: Stage<unknown>;
  readonly #transforms: readonly Transform[];
  /** What works on its items, in their order: transforms, and stages that make several items from one. */
  readonly parts: readonly ChainPart[];

  private constructor(stage: Stage<unknown>, parts: readonly ChainPart[]) {
    this.#stage = stage;
    this.#transforms = parts.flatMap((part) => ("stage" in part ? [] : part));
    this.parts = parts;
  }

  /** @throws PipelineError `VOXRX_UNKNOWN_OPERATOR`; OptionError `VOXRX_BAD_OPTION` */
  static from({ seed, randomCount, steps }: ChainData, find: FindFactory): Chain {
    const made = steps.map((step): Step => {
      if (!("fan" in step)) return transformsFrom(step.transforms, find);
      const operator = operatorOf(step.fan, find);
      return (input) => extendPlan(input, [operator]);
    });
    return Chain.of({ seed, randomCount }, made);
  }

  static of({ seed, randomCount }: ChainPlace, steps: readonly Step[]): Chain {
    let stage: Stage<unknown> = new GivenStage(seed, randomCount);
    const parts: ChainPart[] = [];
    for (const step of steps) {
      if (typeof step === "function") {
        stage = step(stage);
        parts.push({ name: stage.describe().at(-1)?.name ?? "", stage });
      } else {
        stage = TransformStage.over(stage, step);
        parts.push(...step);
      }
    }
    return new Chain(stage, parts);
  }

  get names(): readonly string[] {
    return this.#transforms.map(({ name }) => name);
  }

  get fingerprints(): readonly (string | undefined)[] {
    return this.#transforms.map(({ fingerprint }) => fingerprint);
  }

  /** Whether it yields at most one entry for one. */
  get isOneToOne(): boolean {
    return this.#stage instanceof TransformStage && this.#stage.base instanceof GivenStage;
  }

  /** The result for an entry, of a chain that is one to one. `notes` collects what the transforms record. */
  apply(entry: Entry<unknown>, run: Run, notes: ItemNotes): MaybePromise<Entry<unknown> | undefined> {
    return this.#stage instanceof TransformStage ? this.#stage.apply(entry, run, notes) : entry;
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

  /**
   * The results for an entry, without the first `skip` of them, failed ones included.
   *
   * @param notes collects what the transforms record, of a chain that is one to one
   */
  results(
    entry: Entry<unknown>,
    run: Run,
    from: Position | undefined,
    notes: ItemNotes,
    skip: number,
  ): Cursor<unknown> {
    const all = this.isOneToOne ? once(() => this.apply(entry, run, notes)) : this.start(entry, run, from);
    let left = skip;
    return {
      async next() {
        for (; left > 0; left--) {
          try {
            await all.next();
          } catch (caught) {
            if (!isItemFailure(caught)) throw caught;
          }
        }
        return all.next();
      },
      close: () => all.close(),
    };
  }
}

/** A cursor over one entry, or none. */
function once(make: () => MaybePromise<Entry<unknown> | undefined>): Cursor<unknown> {
  let isMade = false;
  return {
    next() {
      if (isMade) return undefined;
      isMade = true;
      return make();
    },
    close() {},
  };
}
