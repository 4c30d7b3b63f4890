/**
 * NumPy's legacy `RandomState`: the Mersenne Twister (Matsumoto and Nishimura 1998, `init_genrand` seeding) with
 * NumPy's ways to derive numbers from it. For orders and partitions that must equal MONAI's for a seed; everything else
 * uses {@link Random}.
 */
export class RandomState {
  readonly #state = new Uint32Array(624);
  #index = 624;

  /** @param seed a 32-bit integer */
  constructor(seed: number) {
    this.#state[0] = seed >>> 0;
    for (let i = 1; i < 624; i++) {
      const previous = this.#word(i - 1);
      this.#state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** 32 random bits. */
  uint32(): number {
    if (this.#index >= 624) this.#twist();
    let y = this.#word(this.#index++);
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** `random_sample()`: a number from 0 up to, but not including, 1 (53 bits). */
  random(): number {
    const high = this.uint32() >>> 5;
    return (high * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** An integer from 0 up to and including `max`, by masking and rejection. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 2 ** Math.ceil(Math.log2(max + 1)) - 1;
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** `shuffle(values)`: a shuffled copy. */
  shuffle<T>(values: readonly T[]): T[] {
    const shuffled = [...values];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.interval(i);
      const [a, b] = [shuffled[i] as T, shuffled[j] as T];
      shuffled[i] = b;
      shuffled[j] = a;
    }
    return shuffled;
  }

  #word(index: number): number {
    return this.#state[index] ?? 0;
  }

  #twist(): void {
    for (let i = 0; i < 624; i++) {
      const y = (this.#word(i) & 0x80000000) | (this.#word((i + 1) % 624) & 0x7fffffff);
      this.#state[i] = this.#word((i + 397) % 624) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}
