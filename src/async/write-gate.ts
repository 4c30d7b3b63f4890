/** Limits the bytes of writes in flight; a write larger than the limit runs alone. */
export class WriteGate {
  readonly #limit: number;
  readonly #waiting: { readonly bytes: number; readonly open: () => void }[] = [];
  #passing = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `write` as soon as there is room for it, in the order of the calls. */
  async pass<T>(bytes: number, write: () => Promise<T>): Promise<T> {
    const cost = Math.min(bytes, this.#limit);
    if (this.#waiting.length > 0 || this.#passing + cost > this.#limit) {
      await new Promise<void>((open) => this.#waiting.push({ bytes: cost, open }));
    } else this.#passing += cost;
    try {
      return await write();
    } finally {
      this.#passing -= cost;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#passing + next.bytes <= this.#limit; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#passing += next.bytes;
      next.open();
    }
  }
}
