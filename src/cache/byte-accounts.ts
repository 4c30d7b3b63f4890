/** Sizes of entries in the order of their use, with their sum. */
export class Accounts {
  /** The longest unused first. */
  #sizes = new Map<string, number>();
  #bytes = 0;

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of entries. */
  get entries(): number {
    return this.#sizes.size;
  }

  /** All keys, the longest unused first. */
  keys(): string[] {
    return [...this.#sizes.keys()];
  }

  /** Notes that an entry has a size and is the latest used. */
  note(key: string, size: number): void {
    this.forget(key);
    this.#sizes.set(key, size);
    this.#bytes += size;
  }

  /** Notes that an entry is the latest used, if it is known. */
  touch(key: string): void {
    const size = this.#sizes.get(key);
    if (size !== undefined) this.note(key, size);
  }

  /** Forgets an entry, if it is known. */
  forget(key: string): void {
    this.#bytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
  }

  /** Forgets the entries longest unused until at most `maxBytes` are left, and gives their keys. */
  evict(maxBytes: number): string[] {
    const evicted: string[] = [];
    for (const key of this.#sizes.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.forget(key);
      evicted.push(key);
    }
    return evicted;
  }

  /** Takes over what was listed: entries that were not known are the longest unused. Of those that are moving, what is known stands. */
  update(listed: ReadonlyMap<string, number>, isMoving: (key: string) => boolean): void {
    const known = this.#sizes;
    this.#sizes = new Map();
    this.#bytes = 0;
    for (const [key, size] of listed) if (!known.has(key) && !isMoving(key)) this.note(key, size);
    for (const [key, size] of known) {
      const now = isMoving(key) ? size : listed.get(key);
      if (now !== undefined) this.note(key, now);
    }
  }
}
