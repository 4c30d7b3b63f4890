import { OptionError } from "../errors.ts";
import type { Seed } from "../random/random.ts";
import { isItemFailure } from "./failure.ts";
import { type Cursor, type Entry, type OpenCursor, open, type Run, type Stage, type StageText } from "./stage.ts";

/** Options of `share`. */
export interface ShareOptions {
  /** Items that the fastest consumer may be ahead of the slowest. Default 1. */
  readonly maxLag?: number;
}

/** One run of a stage for several consumers at a time. */
export class ShareStage<T> implements Stage<T> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly #input: Stage<T>;
  readonly #maxLag: number;
  #current: SharedRun<T> | undefined;

  constructor(input: Stage<T>, options: ShareOptions) {
    const { maxLag = 1 } = options;
    if (!Number.isInteger(maxLag) || maxLag < 1) {
      throw new OptionError("VOXRX_BAD_OPTION", `maxLag is ${maxLag}, not a whole number from 1`, {
        operator: "share",
      });
    }
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
    this.#input = input;
    this.#maxLag = maxLag;
  }

  start(run: Run): Cursor<T> {
    let joined: SharedRun<T> | undefined;
    let place: Place | undefined;
    const join = (): [SharedRun<T>, Place] => {
      const shared = this.#current?.canJoin ? this.#current : (this.#current = this.#begin(run));
      joined = shared;
      place = shared.join();
      return [shared, place];
    };
    return {
      next() {
        const [shared, mine] = joined && place ? ([joined, place] as const) : join();
        return shared.next(mine);
      },
      close: () => (joined && place ? joined.leave(place) : undefined),
    };
  }

  describe(): readonly StageText[] {
    return [{ name: "share", detail: `maxLag=${this.#maxLag}` }];
  }

  /** The shared run takes its epoch and seed from who came first; its signal is its own, for it ends with the last to leave. */
  #begin(first: Run): SharedRun<T> {
    const run: Run = { epoch: first.epoch, seed: first.seed, signal: new AbortController().signal };
    return new SharedRun(() => open(this.#input, run), this.#maxLag);
  }
}

/** Where one consumer is: the number of items that it has taken. */
interface Place {
  taken: number;
}

/** What a pull gave: an entry, or an item's own failure, which every consumer meets at its place. */
type Held<T> = { readonly entry: Entry<T> } | { readonly failure: unknown };

class SharedRun<T> {
  readonly #open: () => OpenCursor<T>;
  readonly #maxLag: number;
  readonly #places = new Set<Place>();
  /** Items that somebody has still to take, or may still join for; the first one is item number `#first`. */
  readonly #held: Held<T>[] = [];
  #first = 0;
  #cursor: OpenCursor<T> | undefined;
  #pulling: Promise<void> | undefined;
  #ended: { readonly error?: unknown } | undefined;
  #moved: (() => void)[] = [];

  constructor(open: () => OpenCursor<T>, maxLag: number) {
    this.#open = open;
    this.#maxLag = maxLag;
  }

  /** Whether a newcomer would still get the first item. */
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
      const held = this.#held[place.taken - this.#first];
      if (held) {
        place.taken++;
        this.#release();
        if ("failure" in held) throw held.failure;
        return held.entry;
      }
      if (this.#ended) {
        if ("error" in this.#ended) throw this.#ended.error;
        return undefined;
      }
      if (this.#isTooFar(place)) await new Promise<void>((resolve) => this.#moved.push(resolve));
      else await (this.#pulling ??= this.#pull().then(() => this.#pulled()));
    }
  }

  async leave(place: Place): Promise<void> {
    this.#places.delete(place);
    this.#release();
    if (this.#places.size > 0) return;
    this.#ended ??= {};
    this.#held.length = 0;
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
      if (entry) this.#held.push({ entry });
      else this.#ended ??= {};
    } catch (error) {
      if (isItemFailure(error)) this.#held.push({ failure: error });
      else this.#ended ??= { error };
    }
  }

  /** Comes in a turn of its own: a pull may fail before it is noted that it is under way. */
  #pulled(): void {
    this.#pulling = undefined;
    this.#wake();
  }

  /** Forgets what all have taken. A lone consumer's first `maxLag` items stay, so that others may still join. */
  #release(): void {
    const slowest = Math.min(...Array.from(this.#places, ({ taken }) => taken));
    const fastest = Math.max(0, ...Array.from(this.#places, ({ taken }) => taken));
    const keepFrom = this.#first === 0 && fastest <= this.#maxLag ? 0 : slowest;
    while (this.#first < keepFrom && this.#held.length > 0) {
      this.#held.shift();
      this.#first++;
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#moved;
    this.#moved = [];
    for (const resolve of waiting) resolve();
  }
}
