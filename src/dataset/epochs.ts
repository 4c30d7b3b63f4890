import { OptionError } from "../errors.ts";
import type { Seed } from "../random/random.ts";
import type { MaybePromise } from "./maybe.ts";
import {
  type Cursor,
  type Entry,
  type IndexView,
  indexOf,
  type OpenCursor,
  open,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";

/** A stage whose every run is in one epoch. */
export class PinnedStage<T> implements Stage<T> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly index: ((run: Run) => MaybePromise<IndexView<T>>) | undefined;
  readonly #input: Stage<T>;
  readonly #epoch: number;

  constructor(input: Stage<T>, epoch: number) {
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
    this.#input = input;
    this.#epoch = checkEpoch(epoch, "epoch");
    this.index = input.index && ((run) => indexOf(input, { ...run, epoch }));
  }

  knownLength(): number | undefined {
    return this.#input.knownLength?.();
  }

  start(run: Run): Cursor<T> {
    return this.#input.start({ ...run, epoch: this.#epoch });
  }

  describe(): readonly StageText[] {
    return [{ name: "epoch", detail: `pinned to ${this.#epoch}` }];
  }
}

/** Several epochs of a stage, one after the other. Keys stay: the epoch tells the runs apart wherever anything is drawn. */
export class EpochsStage<T> implements Stage<T> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly #input: Stage<T>;
  readonly #from: number;
  readonly #to: number;

  constructor(input: Stage<T>, from: number, to: number) {
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
    this.#input = input;
    this.#from = checkEpoch(from, "epochs");
    this.#to = checkEpoch(to, "epochs");
  }

  start(run: Run): Cursor<T> {
    let epoch = this.#from;
    let current: OpenCursor<T> | undefined;
    const next = async (): Promise<Entry<T> | undefined> => {
      while (epoch < this.#to) {
        current ??= open(this.#input, { ...run, epoch });
        const entry = await current.next();
        if (entry) return entry;
        await current.close();
        current = undefined;
        epoch++;
      }
      return undefined;
    };
    return { next, close: () => current?.close() };
  }

  describe(): readonly StageText[] {
    return [{ name: "epochs", detail: `${this.#from} to ${this.#to - 1}` }];
  }
}

function checkEpoch(epoch: number, operator: string): number {
  if (Number.isInteger(epoch) && epoch >= 0) return epoch;
  throw new OptionError("VOXRX_BAD_OPTION", `an epoch is a whole number from 0, not ${epoch}`, { operator });
}
