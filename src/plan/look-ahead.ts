/**
 * Look-ahead over a cursor, bounded in items in work, finished items and bytes. Nothing else in the engine works ahead.
 */

import { eventLoopTurn } from "../async/event-loop-turn.ts";
import { isPromise, type MaybePromise } from "../async/maybe-promise.ts";
import { sizeOf } from "../item/size.ts";
import { budget, type Claim } from "../memory/budget.ts";
import { isItemFailure } from "./item-failure.ts";
import type { Cursor, Entry } from "./stage.ts";

/** Bounds of a look-ahead. */
export interface AheadBounds {
  /** Items in work at once. */
  readonly concurrency: number;
  /** Finished items that can wait for the consumer, in addition. */
  readonly buffer: number;
  /** Bytes of finished items plus the estimate for those in work. The requested item is always allowed. */
  readonly maxBytes: number;
  /** Items come out in source order. False: as they finish. */
  readonly ordered: boolean;
  /** Told of each item whether it was there when it was requested. */
  answered?(isReady: boolean): void;
}

interface Slot {
  state: "working" | "done" | "failed";
  entry: Entry<unknown> | undefined;
  error: unknown;
  bytes: number;
}

/**
 * A cursor that works ahead of its consumer. Pulls `base` one at a time and starts `work` on each entry. With
 * `maxBytes`, an item in work is assumed to take as many bytes as the largest one so far, so the first one runs alone.
 */
export function lookAhead(
  base: Cursor<unknown>,
  work: (entry: Entry<unknown>) => MaybePromise<Entry<unknown> | undefined>,
  bounds: AheadBounds,
): Cursor<unknown> {
  return new LookAhead(base, work, bounds);
}

class LookAhead implements Cursor<unknown> {
  readonly #base: Cursor<unknown>;
  readonly #work: (entry: Entry<unknown>) => MaybePromise<Entry<unknown> | undefined>;
  readonly #bounds: AheadBounds;
  readonly #slots: Slot[] = [];
  /** Undefined: its bytes are not bounded, so they are not counted either. */
  readonly #claim: Claim | undefined;
  #largest = 0;
  #working = 0;
  #pulling = false;
  #filling = false;
  #ended = false;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(
    base: Cursor<unknown>,
    work: (entry: Entry<unknown>) => MaybePromise<Entry<unknown> | undefined>,
    bounds: AheadBounds,
  ) {
    this.#base = base;
    this.#work = work;
    this.#bounds = bounds;
    this.#claim = bounds.maxBytes < Number.POSITIVE_INFINITY ? budget.claim(this) : undefined;
  }

  async next(): Promise<Entry<unknown> | undefined> {
    for (let isReady = true; ; isReady = false) {
      if (this.#closed) return undefined;
      const slot = this.#take();
      if (slot) {
        this.#bounds.answered?.(isReady);
        this.#fillSoon();
        if (slot.state === "failed") throw slot.error;
        return slot.entry;
      }
      if (this.#slots.length === 0 && this.#ended && !this.#pulling) return undefined;
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      this.#fill();
      if (!this.#isReady()) await woken;
    }
  }

  close(): MaybePromise<void> {
    this.#closed = true;
    this.#slots.length = 0;
    if (this.#claim) budget.release(this.#claim);
    this.#wake?.();
    return this.#base.close();
  }

  #take(): Slot | undefined {
    const { ordered } = this.#bounds;
    const at = ordered ? 0 : this.#slots.findIndex((slot) => slot.state !== "working");
    const slot = this.#slots[at];
    if (!slot || slot.state === "working") return undefined;
    this.#slots.splice(at, 1);
    this.#count();
    return slot;
  }

  /** Bytes of the finished items, and an estimate for those in work and `more` than these. */
  #bytesWith(more: number): number {
    const finished = this.#slots.reduce((sum, slot) => sum + slot.bytes, 0);
    return finished + (this.#working + more) * this.#largest;
  }

  #count(): void {
    if (this.#claim) this.#claim.bytes = this.#bytesWith(0);
  }

  #isReady(): boolean {
    const done = (slot: Slot | undefined) => slot !== undefined && slot.state !== "working";
    if (this.#bounds.ordered ? done(this.#slots[0]) : this.#slots.some(done)) return true;
    return this.#slots.length === 0 && this.#ended && !this.#pulling;
  }

  #hasRoom(): boolean {
    const { concurrency, buffer, maxBytes } = this.#bounds;
    if (this.#slots.length === 0) return true;
    if (this.#working >= concurrency || this.#slots.length >= concurrency + buffer) return false;
    if (!this.#claim) return true;
    if (this.#largest === 0) return false;
    return this.#bytesWith(1) <= Math.min(maxBytes, budget.roomFor(this.#claim));
  }

  /**
   * Lets the consumer of the item just returned work first: look-ahead continues in the next turn of the event loop.
   */
  #fillSoon(): void {
    if (this.#filling) return;
    this.#filling = true;
    void eventLoopTurn().then(() => {
      this.#filling = false;
      this.#fill();
    });
  }

  #fill(): void {
    while (!this.#closed && !this.#ended && !this.#pulling && this.#hasRoom()) {
      const before = this.#slots.length;
      this.#pull();
      if (this.#pulling) return;
      // The step finished synchronously: wake the waiting consumer, and let the event loop turn before the next step.
      if (this.#slots.length > before && this.#isReady() && !this.#ended) {
        this.#wake?.();
        this.#fillSoon();
        return;
      }
    }
    if (this.#isReady()) this.#wake?.();
  }

  #pull(): void {
    try {
      const pulled = this.#base.next();
      if (!isPromise(pulled)) return this.#begin(pulled);
      this.#pulling = true;
      pulled.then(
        (entry) => {
          this.#pulling = false;
          this.#begin(entry);
          this.#fill();
        },
        (error) => {
          this.#pulling = false;
          this.#fail(error);
          this.#fill();
        },
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!isItemFailure(error)) this.#ended = true;
    this.#slots.push({ state: "failed", entry: undefined, error, bytes: 0 });
    if (this.#isReady()) this.#wake?.();
  }

  #begin(entry: Entry<unknown> | undefined): void {
    if (this.#closed) return;
    if (entry === undefined) {
      this.#ended = true;
      return;
    }
    const slot: Slot = { state: "working", entry: undefined, error: undefined, bytes: 0 };
    this.#slots.push(slot);
    this.#working++;
    try {
      const result = this.#work(entry);
      if (!isPromise(result)) return this.#settle(slot, result);
      result.then(
        (done) => {
          this.#settle(slot, done);
          this.#fill();
        },
        (error) => {
          this.#settleFailed(slot, error);
          this.#fill();
        },
      );
    } catch (error) {
      this.#settleFailed(slot, error);
    }
  }

  #settle(slot: Slot, entry: Entry<unknown> | undefined): void {
    this.#working--;
    if (entry === undefined) {
      const at = this.#slots.indexOf(slot);
      if (at >= 0) this.#slots.splice(at, 1);
      return;
    }
    slot.state = "done";
    slot.entry = entry;
    if (this.#claim) {
      slot.bytes = sizeOf(entry.value);
      this.#largest = Math.max(this.#largest, slot.bytes);
      this.#count();
    }
  }

  #settleFailed(slot: Slot, error: unknown): void {
    this.#working--;
    slot.state = "failed";
    slot.error = error;
    if (!isItemFailure(error)) this.#ended = true;
  }
}
