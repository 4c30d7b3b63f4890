/**
 * Chooses the item that a buffered shuffle of a stream yields next: the algorithm of MONAI's `ShuffleBuffer`, on
 * ordinals (numbers of items) alone.
 */
import * as v from "valibot";
import { integerSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";

/**
 * What a buffered shuffle needs to continue, besides the position of its input before the oldest item in the buffer.
 */
export type ShuffleState = {
  /** Number of items yielded. */
  readonly given: number;
  /** Number of input items before the oldest one in the buffer. */
  readonly oldest: number;
  /** When the byte bound shrank the buffer: the number of items yielded by then, and of those in the buffer. */
  readonly shrunk: readonly (readonly [given: number, held: number])[];
  /** Number of items of the input, once it has ended. */
  readonly total: number | null;
};

const count = v.pipe(integerSchema, v.minValue(0));

/** Checks a {@link ShuffleState}. */
export const shuffleState: v.GenericSchema<unknown, ShuffleState> = v.strictObject({
  given: count,
  oldest: count,
  shrunk: v.array(v.strictTuple([count, count])),
  total: v.nullable(count),
});

/**
 * The buffer of items to draw from, as their ordinals in the input. Within a run the buffer never grows again, and each
 * time the byte bound shrinks it, it shrinks by at least an eighth. So a short list describes what happened, and the
 * shuffle can be replayed without the items.
 */
export class ShuffleSlots {
  readonly #random: Random;
  readonly #slots: number[] = [];
  #shrunk: readonly (readonly [given: number, held: number])[] = [];
  #capacity: number;
  #given = 0;
  #pulled = 0;
  #total = Number.POSITIVE_INFINITY;

  constructor(capacity: number, random: Random) {
    this.#capacity = capacity;
    this.#random = random;
  }

  /** Replays a shuffle up to a state. False if no shuffle can have been in that state. */
  replay({ given, oldest, shrunk, total }: ShuffleState): boolean {
    this.#total = total ?? Number.POSITIVE_INFINITY;
    const shrinks = shrunk.values();
    let shrink = shrinks.next().value;
    while (this.#given < given) {
      const held = shrink?.[0] === this.#given ? shrink[1] : this.#capacity;
      while (this.#slots.length < held && this.#pulled < this.#total) this.add();
      if (shrink?.[0] === this.#given) {
        if (this.#slots.length !== held || !this.shrink()) return false;
        shrink = shrinks.next().value;
      }
      if (this.draw() === undefined) return false;
    }
    const first = this.#slots.reduce((least, ordinal) => Math.min(least, ordinal), this.#pulled);
    return shrink === undefined && oldest === first && (total === null || total === this.#pulled);
  }

  /** Whether the buffer takes another input item before one is drawn. */
  get hasRoom(): boolean {
    return this.#slots.length < this.#capacity && this.#pulled < this.#total;
  }

  /** Ordinals of the items in the buffer. */
  get held(): readonly number[] {
    return this.#slots;
  }

  /** Items taken from the input so far. */
  get taken(): number {
    return this.#pulled;
  }

  /** Adds the next input item, and returns its ordinal. */
  add(): number {
    this.#slots.push(this.#pulled);
    return this.#pulled++;
  }

  /** The input has ended. */
  end(): void {
    this.#total = this.#pulled;
  }

  /** Shrinks the buffer to the items in it, which have reached the byte bound. False if it is empty, or full anyway. */
  shrink(): boolean {
    const held = this.#slots.length;
    if (held === 0 || held >= this.#capacity) return false;
    this.#shrunk = [...this.#shrunk, [this.#given, held]];
    this.#capacity = Math.max(1, Math.min(held, this.#capacity - Math.ceil(this.#capacity / 8)));
    return true;
  }

  /** Removes a random item: its ordinal, or undefined if the buffer is empty. */
  draw(): number | undefined {
    const place = this.#random.integer(this.#slots.length);
    const last = this.#slots.pop();
    if (last === undefined) return undefined;
    this.#given++;
    const drawn = this.#slots[place];
    if (drawn === undefined) return last;
    this.#slots[place] = last;
    return drawn;
  }

  /** The state after the last item drawn; `oldest` is the first item that is still needed. */
  state(oldest: number): ShuffleState {
    const total = Number.isFinite(this.#total) ? this.#total : null;
    return { given: this.#given, oldest, shrunk: this.#shrunk, total };
  }
}
