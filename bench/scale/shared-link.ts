import { EventHeap } from "./event-heap.ts";

/** One transfer. */
interface Transfer<T> {
  readonly value: T;
  /** Whether it still goes on. */
  active: boolean;
}

/**
 * A bandwidth that all transfers share equally, none of them above a limit of its own. Work is counted in bytes that
 * each transfer has received so far, so a transfer ends at a count that doesn't change when others come or go.
 */
export class SharedLink<T> {
  readonly #bandwidth: number;
  readonly #most: number;
  readonly #ends = new EventHeap<Transfer<T>>();
  #active = 0;
  #each = 0;
  #now = 0;
  /** Bytes transferred by all. */
  #moved = 0;

  constructor(bandwidth: number, most: number) {
    this.#bandwidth = bandwidth;
    this.#most = most;
  }

  get moved(): number {
    return this.#moved;
  }

  /** When the next transfer ends; infinity if there is none. */
  get next(): number {
    while (this.#ends.peek()?.active === false) this.#ends.pop();
    return this.#ends.size === 0 ? Number.POSITIVE_INFINITY : this.#now + (this.#ends.first - this.#each) / this.#rate;
  }

  start(now: number, bytes: number, value: T): Transfer<T> {
    this.#advance(now);
    const transfer = { value, active: true };
    this.#ends.push(this.#each + bytes, transfer);
    this.#active++;
    return transfer;
  }

  /** Ends the transfer whose time has come. */
  finish(): T | undefined {
    const end = this.#ends.first;
    this.#advance(this.next);
    this.#each = end; // no rounding in what each has received
    const transfer = this.#ends.pop();
    if (!transfer) return undefined;
    transfer.active = false;
    this.#active--;
    return transfer.value;
  }

  /** Gives a transfer up. */
  cancel(now: number, transfer: Transfer<T>): void {
    if (!transfer.active) return;
    this.#advance(now);
    transfer.active = false;
    this.#active--;
  }

  get #rate(): number {
    return Math.min(this.#most, this.#bandwidth / Math.max(1, this.#active));
  }

  #advance(now: number): void {
    const each = this.#rate * (now - this.#now);
    this.#each += each;
    this.#moved += each * this.#active;
    this.#now = now;
  }
}
