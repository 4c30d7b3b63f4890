import * as v from "valibot";
import { checkOptions, countSchema } from "../options.ts";
import { declareStage } from "./declared-stage.ts";
import { isItemFailure } from "./item-failure.ts";
import { type Cursor, type Entry, type OpenCursor, open, type Run, type Stage } from "./stage.ts";

/** Options of `share`. */
export interface ShareOptions {
  /** Items that the fastest consumer can be ahead of the slowest. Default 1. */
  readonly maxLag?: number;
}

const schema = v.strictObject({ maxLag: v.optional(countSchema, 1) });

/**
 * One run of a stage for several consumers at the same time, in the same epoch and with the same seed. A consumer that
 * continues from a position gets a separate run, because the shared one is at another place; so does one that asks for
 * more than the items, because those that are computed already can't be asked.
 */
export function shareStage<T>(input: Stage<T>, options: ShareOptions): Stage<T> {
  const { maxLag } = checkOptions("share", schema, options);
  let joinable: SharedRun<T>[] = [];
  const joinableIn = (seed: Run["seed"]) => joinable.filter((shared) => shared.canJoin && shared.of.seed === seed);
  // The shared run is that of the first consumer, but has its own signal, because it ends when the last consumer
  // leaves.
  const begin = (first: Run) => {
    const run: Run = { ...first, signal: new AbortController().signal };
    const begun = new SharedRun(() => open(input, run), run, maxLag);
    joinable = [...joinable.filter(({ canJoin }) => canJoin), begun];
    return begun;
  };
  const join = (run: Run) => joinableIn(run.seed).find(({ of }) => of.epoch === run.epoch) ?? begin(run);
  return declareStage<T>({
    inputs: [input],
    text: { name: "share", detail: `maxLag=${maxLag}` },
    passage: { keepsItems: true },
    joinableEpoch: (seed) => joinableIn(seed).at(-1)?.of.epoch,
    start: (run, from) =>
      from === undefined && asksForItems(run) ? new Consumer(() => join(run)) : open(input, run, from),
  });
}

/**
 * The epoch in which a run of a plan that names none joins one of `share`; undefined if there is none to join, or if an
 * epoch is pinned after `share`.
 */
export function joinableEpochOf(stage: Stage<unknown>, seed: Run["seed"]): number | undefined {
  if (stage.joinableEpoch) return stage.joinableEpoch(seed);
  const [input, ...others] = stage.inputs;
  const goesOn = input && others.length === 0 && stage.passage?.epoch === undefined;
  return goesOn ? joinableEpochOf(input, seed) : undefined;
}

/** Whether a run is asked for its items and nothing else. */
function asksForItems({ inspection = {} }: Run): boolean {
  const { isSilent: _, ...others } = inspection;
  return Object.values(others).every((asked) => asked === undefined);
}

/** A consumer of a shared run, which it joins at its first `next`. */
class Consumer<T> implements Cursor<T> {
  readonly #join: () => SharedRun<T>;
  #joined: { readonly run: SharedRun<T>; readonly place: Place } | undefined;

  constructor(join: () => SharedRun<T>) {
    this.#join = join;
  }

  next(): Promise<Entry<T> | undefined> {
    if (!this.#joined) {
      const run = this.#join();
      this.#joined = { run, place: run.join() };
    }
    return this.#joined.run.next(this.#joined.place);
  }

  close(): Promise<void> | undefined {
    return this.#joined?.run.leave(this.#joined.place);
  }
}

/** Where one consumer is: the number of items that it has taken. */
interface Place {
  taken: number;
}

/** The result of a pull: an entry, or the failure of one item, which every consumer gets in its turn. */
type PullResult<T> = { readonly entry: Entry<T> } | { readonly failure: unknown };

class SharedRun<T> {
  /** What determines its items. */
  readonly of: Pick<Run, "epoch" | "seed">;
  readonly #open: () => OpenCursor<T>;
  readonly #maxLag: number;
  readonly #places = new Set<Place>();
  /**
   * Items that a consumer has not taken yet, or that new consumers can still join for; the first one is item number
   * `#first`.
   */
  readonly #results: PullResult<T>[] = [];
  #first = 0;
  #cursor: OpenCursor<T> | undefined;
  #pulling: Promise<void> | undefined;
  #ended: { readonly error?: unknown } | undefined;
  #waiting: (() => void)[] = [];

  constructor(open: () => OpenCursor<T>, of: Pick<Run, "epoch" | "seed">, maxLag: number) {
    this.#open = open;
    this.of = of;
    this.#maxLag = maxLag;
  }

  /** Whether a new consumer would still get the first item. */
  get canJoin(): boolean {
    return this.#first === 0 && !this.#ended;
  }

  join(): Place {
    const place = { taken: 0 };
    this.#places.add(place);
    return place;
  }

  async next(place: Place): Promise<Entry<T> | undefined> {
    for (;;) {
      if (!this.#places.has(place)) return undefined;
      const result = this.#results[place.taken - this.#first];
      if (result) {
        place.taken++;
        this.#release();
        if ("failure" in result) throw result.failure;
        return result.entry;
      }
      if (this.#ended) {
        if ("error" in this.#ended) throw this.#ended.error;
        return undefined;
      }
      if (this.#isTooFar(place)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else await (this.#pulling ??= this.#pull().then(() => this.#pulled()));
    }
  }

  async leave(place: Place): Promise<void> {
    this.#places.delete(place);
    this.#release();
    if (this.#places.size > 0) return;
    this.#ended ??= {};
    this.#results.length = 0;
    await this.#cursor?.close();
  }

  #isTooFar(place: Place): boolean {
    for (const other of this.#places) if (place.taken - other.taken >= this.#maxLag) return true;
    return false;
  }

  async #pull(): Promise<void> {
    try {
      this.#cursor ??= this.#open();
      const entry = await this.#cursor.next();
      if (entry) this.#results.push({ entry });
      else this.#ended ??= {};
    } catch (error) {
      if (isItemFailure(error)) this.#results.push({ failure: error });
      else this.#ended ??= { error };
    }
  }

  /** Called in a later microtask: a pull may fail before `#pulling` is set. */
  #pulled(): void {
    this.#pulling = undefined;
    this.#wake();
  }

  /**
   * Drops what all consumers have taken. The first `maxLag` items stay until a consumer is beyond them, so that others
   * can still join.
   */
  #release(): void {
    const slowest = Math.min(...Array.from(this.#places, ({ taken }) => taken));
    const fastest = Math.max(0, ...Array.from(this.#places, ({ taken }) => taken));
    const keepFrom = this.#first === 0 && fastest <= this.#maxLag ? 0 : slowest;
    while (this.#first < keepFrom && this.#results.length > 0) {
      this.#results.shift();
      this.#first++;
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
