/** Sizes of entries in order of use, and their sum. */
export class Accounts {
  /** Least recently used first. */
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

  /** All ids, least recently used first. */
  ids(): string[] {
    return [...this.#sizes.keys()];
  }

  /** Records the size of an entry and marks it as the most recently used. */
  note(id: string, size: number): void {
    this.forget(id);
    this.#sizes.set(id, size);
    this.#bytes += size;
  }

  /** Corrects the size of an entry, if it is known. */
  resize(id: string, size: number): void {
    const known = this.#sizes.get(id);
    if (known === undefined) return;
    this.#sizes.set(id, size);
    this.#bytes += size - known;
  }

  /** Marks an entry as the most recently used, if it is known. */
  touch(id: string): void {
    const size = this.#sizes.get(id);
    if (size !== undefined) this.note(id, size);
  }

  /** Forgets an entry, if it is known. */
  forget(id: string): void {
    this.#bytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }

  /** Forgets the least recently used entries until at most `maxBytes` are left, and returns their ids. */
  evict(maxBytes: number): string[] {
    const evicted: string[] = [];
    for (const id of this.#sizes.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.forget(id);
      evicted.push(id);
    }
    return evicted;
  }

  /**
   * Replaces the entries by those that were listed. Entries that were not known count as the least recently used. For
   * ids where `isMoving` is true, what is known is kept.
   */
  update(listed: ReadonlyMap<string, number>, isMoving: (id: string) => boolean): void {
    const known = this.#sizes;
    this.#sizes = new Map();
    this.#bytes = 0;
    for (const [id, size] of listed) if (!known.has(id) && !isMoving(id)) this.note(id, size);
    for (const [id, size] of known) {
      const now = isMoving(id) ? size : listed.get(id);
      if (now !== undefined) this.note(id, now);
    }
  }
}
