import alea from "seedrandom/lib/alea.js";

/** The seed of a dataset's random numbers. */
export type Seed = number | string;

/**
 * A generator of random numbers whose stream depends only on the words that it was created with. Alea (Baagøe 2010),
 * as implemented by seedrandom.
 */
export class Random {
  readonly #next: () => number;
  /** The second of two normal numbers that were drawn together; NaN if there is none. */
  #spare = Number.NaN;
  #hasSpare = false;

  /** @param words what the stream depends on; lists that differ in any word give unrelated streams */
  constructor(...words: readonly (number | string)[]) {
    this.#next = alea(JSON.stringify(words));
  }

  /** A number from 0 up to, but not including, 1 (32 random bits). */
  next(): number {
    return this.#next();
  }

  /** A number from `low` up to `high`. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * this.#next();
  }

  /** An integer from 0 up to, but not including, `n`. */
  integer(n: number): number {
    return Math.floor(this.#next() * n);
  }

  /** True with probability `probability`. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A normally distributed number (Marsaglia's polar method; the second of each pair is kept for the next call). */
  normal(mean = 0, deviation = 1): number {
    this.#hasSpare = !this.#hasSpare;
    if (!this.#hasSpare) return mean + deviation * this.#spare;
    let u: number;
    let v: number;
    let s: number;
    do {
      u = this.#next() * 2 - 1;
      v = this.#next() * 2 - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const factor = Math.sqrt((-2 * Math.log(s)) / s);
    this.#spare = v * factor;
    return mean + deviation * u * factor;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const [a, b] = [shuffled[i] as T, shuffled[j] as T];
      shuffled[i] = b;
      shuffled[j] = a;
    }
    return shuffled;
  }

  /** A 32-bit integer, to seed another generator. */
  seed(): number {
    return this.integer(2 ** 32);
  }
}
