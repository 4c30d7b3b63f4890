import * as v from "valibot";
import { isPromise, type MaybePromise } from "../../src/async/maybe-promise.ts";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { lastingSizeOf } from "../../src/item/size.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { bytesSchema, countSchema, numberSchema } from "../../src/options.ts";
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
  /** For streams: number of items in the buffer. Default 256. */
  readonly buffer?: number;
  /** For streams: bytes in the buffer; the lower of the two bounds counts. Default `"512MiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * Shuffles the items, in a new order for every epoch, fixed by seed and epoch. An indexed dataset is shuffled as a
 * whole, by index, in constant memory, and stays indexed. A stream is shuffled within a buffer, as by MONAI's
 * `ShuffleBuffer`: each item is drawn from those in the buffer. When these reach `maxBytes`, the buffer shrinks for the
 * rest of the run.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { shuffle } from "voxrx/operators";
 * const cards = Dataset.from([1, 2, 3, 4, 5, 6]).pipe(shuffle({ seed: 7 }));
 * (await cards.toArray()).sort(); // => [1, 2, 3, 4, 5, 6]
 * ```
 */
export const shuffle = stageOperator<ShuffleOptions, FlowOperator<ShuffleOptions>>()({
  name: "shuffle",
  version: 1,
  options: {
    seed: v.optional(v.union([numberSchema, v.string()])),
    buffer: v.optional(countSchema, 256),
    maxBytes: v.optional(bytesSchema, "512MiB"),
  },
  stage(input, { seed, buffer, maxBytes }) {
    const own = seed ?? input.seed;
    const randomOf = (run: Run) => new Random(run.seed ?? own, run.epoch, "shuffle");
    if (input.index) {
      return declareStage({
        inputs: [input],
        text: { name: "shuffle", detail: `all items, by index, seed ${own}` },
        identity: { name: "shuffle", version: 1, options: { seed } },
        itemOrder: "random",
        passage: { keepsItems: true },
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
      itemOrder: "random",
      passage: { keepsItems: true },
      start: (run, from) => new BufferedShuffle(input, run, from, new ShuffleSlots(buffer, randomOf(run)), bytes),
    });
  },
});

/** An input item: in the buffer, or already yielded while an older one is still in the buffer. */
interface Pulled {
  entry: Entry<unknown> | undefined;
  readonly bytes: number;
  /** Position of the input before this item. */
  readonly before: Position | undefined;
}

/**
 * Shuffles a stream. Its position is that of the input before the oldest item in the buffer: all items from there on
 * are pulled again.
 */
class BufferedShuffle implements Cursor<unknown> {
  readonly #base: OpenCursor<unknown>;
  readonly #slots: ShuffleSlots;
  readonly #maxBytes: number;
  readonly #items: PulledItems;
  #bytes = 0;
  /** Position of the input. */
  #after: Position | undefined;
  /**
   * Ordinals of the items that were in the buffer when an earlier run stopped. These, and those yielded since the
   * oldest of them, are pulled again.
   */
  #toRestore: ReadonlySet<number> | undefined;

  constructor(input: Stage<unknown>, run: Run, from: Position | undefined, slots: ShuffleSlots, maxBytes: number) {
    const { base, state } = readPosition(from, shuffleState, "shuffle");
    if (state && !slots.replay(state)) throw badPosition(from, "shuffle");
    this.#slots = slots;
    this.#maxBytes = maxBytes;
    this.#items = new PulledItems(state?.oldest ?? 0);
    this.#after = base;
    this.#toRestore = state && new Set(slots.held);
    this.#base = open(input, run, base);
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    if (this.#toRestore) return this.#restore(this.#toRestore);
    while (this.#wantsMore()) {
      const entry = this.#base.next();
      if (isPromise(entry)) return this.#nextAsync(entry);
      this.#take(entry);
    }
    return this.#draw();
  }

  close(): Promise<void> {
    this.#items.clear();
    return this.#base.close();
  }

  async #nextAsync(pulled: PromiseLike<Entry<unknown> | undefined>): Promise<Entry<unknown> | undefined> {
    this.#take(await pulled);
    while (this.#wantsMore()) {
      const entry = this.#base.next();
      this.#take(isPromise(entry) ? await entry : entry);
    }
    return this.#draw();
  }

  async #restore(buffered: ReadonlySet<number>): Promise<Entry<unknown> | undefined> {
    while (this.#items.end < this.#slots.taken) {
      const entry = await this.#pullAgain();
      this.#push(entry, buffered.has(this.#items.end));
    }
    this.#toRestore = undefined;
    return this.next();
  }

  /** The next item that an earlier run had already pulled. Items that failed were reported then. */
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
    if (!entry) return this.#slots.end();
    this.#slots.add();
    this.#push(entry, true);
  }

  #push(entry: Entry<unknown>, isBuffered: boolean): void {
    const bytes = isBuffered ? lastingSizeOf(entry.value) : 0;
    this.#bytes += bytes;
    this.#items.push({ entry: isBuffered ? entry : undefined, bytes, before: this.#after });
    this.#after = entry.next;
  }

  #draw(): Entry<unknown> | undefined {
    const ordinal = this.#slots.draw();
    const drawn = ordinal === undefined ? undefined : this.#items.at(ordinal);
    const entry = drawn?.entry;
    if (!drawn || !entry) return undefined;
    drawn.entry = undefined;
    this.#bytes -= drawn.bytes;
    const oldest = this.#items.oldest();
    const base = orStart(oldest ? oldest.before : this.#after);
    return { ...entry, next: [base, this.#slots.state(this.#items.start)] };
  }
}

/** The items from the oldest one in the buffer on, by their ordinals in the input. */
class PulledItems {
  readonly #list: Pulled[] = [];
  /** Number of items at the start of the list that are no longer in the buffer. */
  #removable = 0;
  /** Ordinal of the first item of the list. */
  #first: number;

  constructor(start: number) {
    this.#first = start;
  }

  /** Ordinal of the oldest item in the buffer; that of the next item if the buffer is empty. */
  get start(): number {
    return this.#first + this.#removable;
  }

  /** Ordinal that the next item gets. */
  get end(): number {
    return this.#first + this.#list.length;
  }

  push(item: Pulled): void {
    this.#list.push(item);
  }

  at(ordinal: number): Pulled | undefined {
    return this.#list[ordinal - this.#first];
  }

  /** The oldest item in the buffer. Items before it are removed from the list, many at a time. */
  oldest(): Pulled | undefined {
    while (this.#removable < this.#list.length && !this.#list[this.#removable]?.entry) this.#removable++;
    if (this.#removable > 1000 && this.#removable * 2 > this.#list.length) {
      this.#list.splice(0, this.#removable);
      this.#first += this.#removable;
      this.#removable = 0;
    }
    return this.#list[this.#removable];
  }

  clear(): void {
    this.#list.length = 0;
  }
}
