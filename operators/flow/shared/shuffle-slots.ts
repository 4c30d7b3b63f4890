/**
 * Which item of a stream a shuffle within a buffer gives next: the algorithm of MONAI's `ShuffleBuffer`, on ordinals
 * alone.
 */
import { z } from "zod";
import type { Random } from "../../../src/random/random.ts";

/**
 * What a shuffle within a buffer has to know to go on, besides where its input was before the oldest item that it
 * holds.
 */
export type ShuffleState = {
  /** Items given. */
  readonly given: number;
  /** Items of the input before the oldest one held. */
  readonly oldest: number;
  /** Where the byte bound made the buffer smaller: the number of items given by then, and of those held. */
  readonly shrunk: readonly (readonly [given: number, held: number])[];
  /** Number of items of the input, once it has ended. */
  readonly total: number | null;
};

const count = z.int().min(0);

/** Checks a {@link ShuffleState}. */
export const shuffleState: z.ZodType<ShuffleState> = z.strictObject({
  given: count,
  oldest: count,
  shrunk: z.array(z.tuple([count, count])),
  total: count.nullable(),
});

/**
 * Items held to draw from, by their ordinals in the input. The buffer never grows again within a run, and each time
 * that the byte bound makes it smaller by an eighth at least: what happened is then known from a short list, and can be
 * done again without the items.
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

  /** Does again what a shuffle did until it was in a state. False if none can have been in it. */
  replay({ given, oldest, shrunk, total }: ShuffleState): boolean {
    this.#total = total ?? Number.POSITIVE_INFINITY;
    const shrinks = shrunk.values();
    let shrink = shrinks.next().value;
    while (this.#given < given) {
      const held = shrink?.[0] === this.#given ? shrink[1] : this.#capacity;
      while (this.#slots.length < held && this.#pulled < this.#total) this.pulled();
      if (shrink?.[0] === this.#given) {
        if (this.#slots.length !== held || !this.shrink()) return false;
        shrink = shrinks.next().value;
      }
      if (this.draw() === undefined) return false;
    }
    const first = this.#slots.reduce((least, ordinal) => Math.min(least, ordinal), this.#pulled);
    return shrink === undefined && oldest === first && (total === null || total === this.#pulled);
  }

  /** Whether another item of the input is wanted before one is drawn. */
  get hasRoom(): boolean {
    return this.#slots.length < this.#capacity && this.#pulled < this.#total;
  }

  /** Ordinals of the items held. */
  get held(): readonly number[] {
    return this.#slots;
  }

  /** Items taken from the input so far. */
  get taken(): number {
    return this.#pulled;
  }

  /** Another item of the input is held. */
  pulled(): number {
    this.#slots.push(this.#pulled);
    return this.#pulled++;
  }

  /** The input has ended. */
  ended(): void {
    this.#total = this.#pulled;
  }

  /**
   * The items held are as many as the byte bound lets in. False if they are more than the buffer has room for anyway.
   */
  shrink(): boolean {
    const held = this.#slots.length;
    if (held === 0 || held >= this.#capacity) return false;
    this.#shrunk = [...this.#shrunk, [this.#given, held]];
    this.#capacity = Math.max(1, Math.min(held, this.#capacity - Math.ceil(this.#capacity / 8)));
    return true;
  }

  /** Takes out one item at random: its ordinal, or undefined if none is held. */
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

  /** What is to be known to go on after the item drawn last, where `oldest` is the first item that is still needed. */
  state(oldest: number): ShuffleState {
    const total = Number.isFinite(this.#total) ? this.#total : null;
    return { given: this.#given, oldest, shrunk: this.#shrunk, total };
  }
}
