/** One dataset of a mix, in one run: its passes, and where it continues. */
import * as v from "valibot";
import { isPromise, type MaybePromise, whenReady } from "../../../src/async/maybe-promise.ts";
import { integerSchema } from "../../../src/options.ts";
import { runBeforePass } from "../../../src/plan/inspection.ts";
import { isItemFailure } from "../../../src/plan/item-failure.ts";
import { orStart, unlessStart } from "../../../src/plan/position.ts";
import {
  badPosition,
  type Entry,
  indexOf,
  type OpenCursor,
  open,
  type Position,
  positionIn,
  type Run,
  type Stage,
} from "../../../src/plan/stage.ts";
import type { Participant } from "./proportions.ts";

/** Where a dataset continues in a pass. */
type PlaceInPass =
  /** With its item of this index. */
  | number
  /** At this position of its stream, after so many items that failed there. */
  | { readonly next: Position; readonly failed: number };

/** Where a dataset of a mix continues: in its pass, the number of that pass, and the number of turns that it had. */
export type MixPlace = readonly [at: PlaceInPass, pass: number, turns: number];

const count = v.pipe(integerSchema, v.minValue(0));

/** Checks a {@link MixPlace}. */
export const mixPlace: v.GenericSchema<unknown, MixPlace> = v.strictTuple([
  v.union([count, v.strictObject({ next: v.custom<Position>((value) => value !== undefined), failed: count })]),
  count,
  count,
]);

/**
 * The run of a pass of dataset `who` of a mix. Passes run in epochs far apart, so that no pass of an epoch is like a pass
 * of another one: the second pass of epoch e is epoch e + 2^20 of its dataset.
 */
export function runOfPass(run: Run, who: number, pass: number): Run {
  return runBeforePass({ ...run, epoch: run.epoch + pass * 2 ** 20 }, `${who}:`, pass);
}

/** An entry of dataset `who` of a mix, of a pass of it. */
export function mixedEntry({ id, index, value, draws }: Entry<unknown>, who: number, pass: number): Entry<unknown> {
  const entry = { id: pass === 0 ? `${who}:${id}` : `${who}:${id}~${pass}`, index, value, next: null };
  return draws ? { ...entry, draws } : entry;
}

/** A dataset that is pulled when it has the turn. */
export class MixInput implements Participant {
  readonly #stage: Stage<unknown>;
  readonly #who: number;
  readonly #run: Run;
  #at: PlaceInPass;
  #pass: number;
  #turns: number;
  /** Position of the stream after the last item that it gave. */
  #after: Position | undefined;
  /** Items that failed at the place where it continues; an earlier run reported them. */
  #reported: number;
  #cursor: OpenCursor<unknown> | undefined;
  #hasLeft = false;

  /**
   * @param who its number among the datasets
   * @param place where it continues. Default: at its start.
   */
  constructor(stage: Stage<unknown>, who: number, run: Run, place: MixPlace = [startOf(stage), 0, 0]) {
    const [at, pass, turns] = place;
    if (typeof at === "number" && !stage.index) throw badPosition(place, "mix");
    this.#stage = stage;
    this.#who = who;
    this.#run = run;
    this.#at = at;
    this.#pass = pass;
    this.#turns = turns;
    this.#after = typeof at === "number" ? undefined : unlessStart(at.next);
    this.#reported = typeof at === "number" ? 0 : at.failed;
  }

  get turns(): number {
    return this.#turns;
  }

  get takesPart(): boolean {
    return !this.#hasLeft;
  }

  get pass(): number {
    return this.#pass;
  }

  get place(): MixPlace {
    return [this.#at, this.#pass, this.#turns];
  }

  /** Whether nothing was pulled in this pass yet. */
  get isAtStart(): boolean {
    if (typeof this.#at === "number") return this.#at === 0;
    return this.#after === undefined && this.#at.failed === 0;
  }

  /** The next entry; undefined at the end of the pass. */
  next(): MaybePromise<Entry<unknown> | undefined> {
    return whenReady(this.#cursor ?? this.#open(), (cursor) => this.#pull(cursor));
  }

  /** Ends the pass and begins another one, in another epoch of the dataset. */
  async restart(): Promise<void> {
    await this.close();
    this.#cursor = undefined;
    this.#pass++;
    this.#at = startOf(this.#stage);
    this.#after = undefined;
    this.#reported = 0;
  }

  /** Ends its part in the mix. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    await this.close();
  }

  async close(): Promise<void> {
    await this.#cursor?.close();
  }

  #open(): MaybePromise<OpenCursor<unknown>> {
    const run = runOfPass(this.#run, this.#who, this.#pass);
    const at = this.#at;
    if (typeof at !== "number" || at === 0) return this.#openAt(run, this.#after);
    return whenReady(indexOf(this.#stage, run), (view) => {
      if (at > view.length) throw badPosition(at, "mix");
      return this.#openAt(run, positionIn(view, at));
    });
  }

  #openAt(run: Run, from: Position | undefined): OpenCursor<unknown> {
    this.#after = from;
    this.#cursor = open(this.#stage, run, from);
    return this.#cursor;
  }

  #pull(cursor: OpenCursor<unknown>): MaybePromise<Entry<unknown> | undefined> {
    if (this.#reported > 0) return this.#pullAgain(cursor);
    try {
      const entry = cursor.next();
      return isPromise(entry) ? entry.then(this.#given, this.#failed) : this.#given(entry);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Passes the items that failed in an earlier run, which reported them. */
  async #pullAgain(cursor: OpenCursor<unknown>): Promise<Entry<unknown> | undefined> {
    while (this.#reported > 0) {
      this.#reported--;
      try {
        return this.#given(await cursor.next());
      } catch (error) {
        if (!isItemFailure(error)) throw error;
      }
    }
    return this.#pull(cursor);
  }

  readonly #given = (entry: Entry<unknown> | undefined): Entry<unknown> | undefined => {
    if (!entry) return undefined;
    this.#turns++;
    this.#reported = 0;
    this.#after = entry.next;
    this.#at = typeof this.#at === "number" ? this.#at + 1 : { next: entry.next, failed: 0 };
    return entry;
  };

  readonly #failed = (error: unknown): never => {
    if (isItemFailure(error)) {
      this.#turns++;
      this.#at = this.#afterFailure(this.#at);
    }
    throw error;
  };

  #afterFailure(at: PlaceInPass): PlaceInPass {
    if (typeof at !== "number") return { ...at, failed: at.failed + 1 };
    // If the next item takes the place of the one that failed, the stream is no longer in step with the index.
    return this.#stage.shifts ? { next: orStart(this.#after), failed: 1 } : at + 1;
  }
}

function startOf(stage: Stage<unknown>): PlaceInPass {
  return stage.index ? 0 : { next: orStart(undefined), failed: 0 };
}
