/** Work ahead whose extent is chosen from what is measured while it runs. It never changes the items. */
import type { AheadBounds } from "./look-ahead.ts";

/** Requests after which it is decided again, at least. */
const leastRequests = 8;
/** Share of the requests that may wait for an item before more is tried. */
const mostWaits = 0.1;
/** How much faster more work must make the items to be kept. */
const leastGain = 1.05;
/** Decisions for which more work is not tried again after it gave nothing. */
const pause = 8;
/** Decisions without waiting after which less is tried, and after which it is tried although it was too little. */
const calmBefore = { trying: 4, tryingAgain: 32 };

/**
 * Chooses how many items are in work at once: one more while the consumer waits and it makes the items come faster, one
 * less while it doesn't wait. What was chosen is kept for the next run.
 */
export class AutoTune {
  readonly #most: number;
  #level = 1;
  /** Below this the consumer was seen to wait. */
  #least = 1;
  #last: "more" | "less" | "same" = "same";
  #rateBefore = 0;
  #paused = 0;
  #calm = 0;
  #requests = 0;
  #waits = 0;
  #since: number | undefined;

  /** @param most items in work at once */
  constructor(most: number) {
    this.#most = Math.max(1, most);
  }

  /** Items in work at once, as chosen now. */
  get level(): number {
    return this.#level;
  }

  /** A request was answered. @param isReady whether the item was there already */
  asked(isReady: boolean, now = performance.now()): void {
    this.#since ??= now;
    this.#requests++;
    if (!isReady) this.#waits++;
    if (this.#requests < Math.max(leastRequests, 2 * this.#level)) return;
    const rate = this.#requests / Math.max(1e-6, now - this.#since);
    this.#decide(this.#waits / this.#requests, rate);
    this.#begin(now);
  }

  /** A run begins: the time between runs does not count. */
  begin(): void {
    this.#begin(undefined);
    this.#last = "same";
  }

  /** Bounds that follow the choice. `isJudge`: requests to this look-ahead decide. */
  bounds(
    of: (level: number) => Pick<AheadBounds, "concurrency" | "buffer">,
    maxBytes: number,
    isJudge = true,
  ): AheadBounds {
    const level = () => this.#level;
    return {
      get concurrency() {
        return of(level()).concurrency;
      },
      get buffer() {
        return of(level()).buffer;
      },
      maxBytes,
      ordered: true,
      ...(isJudge ? { answered: (isReady: boolean) => this.asked(isReady) } : {}),
    };
  }

  #begin(now: number | undefined): void {
    this.#since = now;
    this.#requests = 0;
    this.#waits = 0;
  }

  #decide(waits: number, rate: number): void {
    if (waits <= mostWaits) return this.#fed();
    this.#calm = 0;
    if (this.#last === "less") this.#least = this.#level + 1;
    if (this.#last === "more" && rate < leastGain * this.#rateBefore) {
      this.#level--;
      this.#last = "same";
      this.#paused = pause;
    } else if (this.#paused > 0) {
      this.#paused--;
      this.#last = "same";
    } else if (this.#level < this.#most) {
      this.#rateBefore = rate;
      this.#level++;
      this.#last = "more";
    } else {
      this.#last = "same";
    }
  }

  #fed(): void {
    this.#last = "same";
    this.#calm++;
    if (this.#calm >= calmBefore.tryingAgain) this.#least = 1;
    if (this.#calm < calmBefore.trying || this.#level <= this.#least) return;
    this.#calm = 0;
    this.#level--;
    this.#last = "less";
  }
}
