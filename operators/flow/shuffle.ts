import { z } from "zod";
import { isPromise, type MaybePromise } from "../../src/async/maybe-promise.ts";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { lastingSizeOf } from "../../src/item/size.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { bytesSchema, countSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { isItemFailure } from "../../src/plan/item-failure.ts";
import { orStart, readPosition } from "../../src/plan/position.ts";
import {
  badPosition,
  type Cursor,
  type Entry,
  type OpenCursor,
  open,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";
import { permutation } from "../../src/random/permutation.ts";
import { Random, type Seed } from "../../src/random/random.ts";
import { ShuffleSlots, shuffleState } from "./shared/shuffle-slots.ts";

/** Options of {@link shuffle}. */
export interface ShuffleOptions {
  /** Seed of the order. Default: the dataset's. */
  readonly seed?: Seed;
  /** For streams: items held to draw from. Default 256. */
  readonly buffer?: number;
  /** For streams: bytes held to draw from; the lower of the two bounds counts. Default `"512MiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * Another order in every epoch, fixed by seed and epoch. An indexed dataset is shuffled as a whole, by index, in
 * constant memory, and stays indexed. A stream is shuffled within a buffer, as MONAI's `ShuffleBuffer` does: each item
 * given is drawn from those held. Where the items held reach `maxBytes`, the buffer becomes smaller, for the rest of
 * the run.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { shuffle } from "voxrx/operators";
 * const cards = Dataset.from([1, 2, 3, 4]).pipe(shuffle({ seed: 7 }));
 * (await cards.toArray()).sort(); // => [1, 2, 3, 4]
 * ```
 */
export const shuffle = stageOperator<ShuffleOptions, FlowOperator<ShuffleOptions>>()({
  name: "shuffle",
  version: 1,
  options: {
    seed: z.union([z.number(), z.string()]).optional(),
    buffer: countSchema.default(256),
    maxBytes: bytesSchema.default("512MiB"),
  },
  stage(input, { seed, buffer, maxBytes }) {
    const own = seed ?? input.seed;
    const randomOf = (run: Run) => new Random(run.seed ?? own, run.epoch, "shuffle");
    if (input.index) {
      return declareStage({
        inputs: [input],
        text: { name: "shuffle", detail: `all items, by index, seed ${own}` },
        identity: { name: "shuffle", version: 1, options: { seed } },
        index: {
          length: (length) => length,
          view([items], run) {
            const order = permutation(items.length, randomOf(run));
            return { at: (index) => items.at(order(index)) };
          },
        },
      });
    }
    const bytes = parseBytes(maxBytes, "maxBytes", "shuffle");
    return declareStage({
      inputs: [input],
      text: { name: "shuffle", detail: `within ${buffer} items, seed ${own}` },
      identity: { name: "shuffle", version: 1, options: { seed, buffer, maxBytes: bytes } },
      start: (run, from) => new BufferedShuffle(input, run, from, new ShuffleSlots(buffer, randomOf(run)), bytes),
    });
  },
});

/** An item of the input: held, or given while an older one is still held. */
interface Pulled {
  entry: Entry<unknown> | undefined;
  readonly bytes: number;
  /** Where the input was before it. */
  readonly before: Position | undefined;
}

/**
 * Shuffles a stream. Its position is that of the input before the oldest item held: from there on all are pulled again.
 */
class BufferedShuffle implements Cursor<unknown> {
  readonly #base: OpenCursor<unknown>;
  readonly #slots: ShuffleSlots;
  readonly #maxBytes: number;
  readonly #line: Line;
  #bytes = 0;
  /** Where the input is. */
  #after: Position | undefined;
  /**
   * Ordinals of items that were held when an earlier run stopped. Those, and what was given since the oldest, are
   * pulled again.
   */
  #kept: ReadonlySet<number> | undefined;

  constructor(input: Stage<unknown>, run: Run, from: Position | undefined, slots: ShuffleSlots, maxBytes: number) {
    const { base, state } = readPosition(from, shuffleState, "shuffle");
    if (state && !slots.replay(state)) throw badPosition(from, "shuffle");
    this.#slots = slots;
    this.#maxBytes = maxBytes;
    this.#line = new Line(state?.oldest ?? 0);
    this.#after = base;
    this.#kept = state && new Set(slots.held);
    this.#base = open(input, run, base);
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    if (this.#kept) return this.#continue(this.#kept);
    while (this.#wantsMore()) {
      const entry = this.#base.next();
      if (isPromise(entry)) return this.#later(entry);
      this.#take(entry);
    }
    return this.#give();
  }

  close(): Promise<void> {
    this.#line.clear();
    return this.#base.close();
  }

  async #later(coming: PromiseLike<Entry<unknown> | undefined>): Promise<Entry<unknown> | undefined> {
    this.#take(await coming);
    while (this.#wantsMore()) {
      const entry = this.#base.next();
      this.#take(isPromise(entry) ? await entry : entry);
    }
    return this.#give();
  }

  async #continue(kept: ReadonlySet<number>): Promise<Entry<unknown> | undefined> {
    while (this.#line.end < this.#slots.taken) {
      const entry = await this.#pullAgain();
      this.#hold(entry, kept.has(this.#line.end));
    }
    this.#kept = undefined;
    return this.next();
  }

  /** The next item of those that an earlier run had pulled. The ones that failed were reported then. */
  async #pullAgain(): Promise<Entry<unknown>> {
    for (;;) {
      try {
        const entry = await this.#base.next();
        if (entry) return entry;
        throw badPosition({ taken: this.#slots.taken }, "shuffle");
      } catch (error) {
        if (!isItemFailure(error)) throw error;
      }
    }
  }

  /** Whether there is room for another item, in number and in bytes. */
  #wantsMore(): boolean {
    return this.#slots.hasRoom && !(this.#bytes >= this.#maxBytes && this.#slots.shrink());
  }

  #take(entry: Entry<unknown> | undefined): void {
    if (!entry) return this.#slots.ended();
    this.#slots.pulled();
    this.#hold(entry, true);
  }

  #hold(entry: Entry<unknown>, isHeld: boolean): void {
    const bytes = isHeld ? lastingSizeOf(entry.value) : 0;
    this.#bytes += bytes;
    this.#line.push({ entry: isHeld ? entry : undefined, bytes, before: this.#after });
    this.#after = entry.next;
  }

  #give(): Entry<unknown> | undefined {
    const ordinal = this.#slots.draw();
    const drawn = ordinal === undefined ? undefined : this.#line.at(ordinal);
    const entry = drawn?.entry;
    if (!drawn || !entry) return undefined;
    drawn.entry = undefined;
    this.#bytes -= drawn.bytes;
    const oldest = this.#line.oldest();
    const base = orStart(oldest ? oldest.before : this.#after);
    return { ...entry, next: [base, this.#slots.state(this.#line.start)] };
  }
}

/** Items from the oldest one held on, by their ordinals in the input. */
class Line {
  readonly #items: Pulled[] = [];
  /** Items at the beginning of the list that are gone. */
  #gone = 0;
  /** Ordinal of the first item of the list. */
  #first: number;

  constructor(start: number) {
    this.#first = start;
  }

  /** Ordinal of the oldest item that is still held; that of the next one, if none is. */
  get start(): number {
    return this.#first + this.#gone;
  }

  /** Ordinal that the next item gets. */
  get end(): number {
    return this.#first + this.#items.length;
  }

  push(item: Pulled): void {
    this.#items.push(item);
  }

  at(ordinal: number): Pulled | undefined {
    return this.#items[ordinal - this.#first];
  }

  /** The oldest item that is still held. What is before it is let go of, many at a time. */
  oldest(): Pulled | undefined {
    while (this.#gone < this.#items.length && !this.#items[this.#gone]?.entry) this.#gone++;
    if (this.#gone > 1000 && this.#gone * 2 > this.#items.length) {
      this.#items.splice(0, this.#gone);
      this.#first += this.#gone;
      this.#gone = 0;
    }
    return this.#items[this.#gone];
  }

  clear(): void {
    this.#items.length = 0;
  }
}
