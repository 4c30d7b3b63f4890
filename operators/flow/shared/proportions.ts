/**
 * Takes turns in exact proportion: whose turn the n-th one is follows from the weights alone, and any turn is found
 * without those before it. The divisor method of Sainte-Laguë (Webster): turn k of a participant, from 0, has the time
 * `(k + 1/2) / weight`, and turns are taken in the order of their times, those of one time in the order of the list. So
 * after any number of turns, a participant's number of turns is its share of them, rounded; with more than three
 * participants it is rarely one more or less than that.
 */

/** Whose turn it is, and how many turns each participant had before it. */
export interface Turn {
  readonly who: number;
  readonly before: readonly number[];
}

/** Who can have the next turn. */
export interface Participant {
  /** Number of turns so far. */
  readonly turns: number;
  /** Whether it still takes part. */
  readonly takesPart: boolean;
}

/** Turns of participants with weights of 0 or more, at least one of them above 0. */
export class Proportions {
  readonly #weights: readonly number[];

  constructor(weights: readonly number[]) {
    // Scaled by a power of two, which rounds nothing, so that sums and quotients stay finite.
    const scale = 2 ** -Math.floor(Math.log2(Math.max(...weights)));
    this.#weights = weights.map((weight) => weight * scale);
  }

  /** Whose turn comes next; undefined if nobody takes part any more. */
  next(participants: readonly Participant[]): number | undefined {
    let first: number | undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const [who, { turns, takesPart }] of participants.entries()) {
      if (this.#weight(who) === 0 || !takesPart) continue;
      const time = this.#time(who, turns);
      if (time >= earliest) continue;
      first = who;
      earliest = time;
    }
    return first;
  }

  /** Compares turn `turn` of `who` with turn `other` of `than`: below 0 if it comes first. */
  compare(who: number, turn: number, than: number, other: number): number {
    return this.#time(who, turn) - this.#time(than, other) || who - than;
  }

  /** Number of turns that `who` has before turn `turn`, from 0, of `of`. Above 2^52 it is not exact. */
  before(who: number, of: number, turn: number): number {
    return who === of ? turn : this.#until(who, this.#time(of, turn), who < of);
  }

  /** Turn `n`, from 0, if only those of `among`, which have weights above 0, take part. */
  turn(n: number, among: readonly number[]): Turn {
    const sum = among.reduce((total, who) => total + this.#weight(who), 0);
    // A count is off by at most 1/2 from weight * time, so turn n has a time between these two.
    const slack = among.length / 2 + 1;
    const start = Math.max(0, (n - slack) / sum);
    const end = (n + slack) / sum;
    const counts = this.#weights.map(() => 0);
    const coming: { readonly who: number; readonly time: number }[] = [];
    let given = 0;
    for (const who of among) {
      const count = this.#until(who, start, false);
      counts[who] = count;
      given += count;
      for (let k = count; this.#time(who, k) <= end; k++) coming.push({ who, time: this.#time(who, k) });
    }
    coming.sort((a, b) => a.time - b.time || a.who - b.who);
    for (const { who } of coming.slice(0, n - given)) counts[who] = (counts[who] ?? 0) + 1;
    const turn = coming[n - given];
    if (!turn) throw new RangeError(`turn ${n} was not found`);
    return { who: turn.who, before: counts };
  }

  #weight(who: number): number {
    return this.#weights[who] ?? 0;
  }

  #time(who: number, count: number): number {
    return (count + 0.5) / this.#weight(who);
  }

  /** Number of turns of `who` before a time, or up to it. */
  #until(who: number, time: number, included: boolean): number {
    const weight = this.#weight(who);
    if (weight === 0) return 0;
    const comesBefore = (count: number) => {
      const own = this.#time(who, count);
      return own < time || (included && own === time);
    };
    if (time * weight > 2 ** 52) return time * weight;
    // Rounding can be off by one; the times themselves decide.
    let count = Math.max(0, Math.round(time * weight) - 1);
    while (count > 0 && !comesBefore(count - 1)) count--;
    while (comesBefore(count)) count++;
    return count;
  }
}
