/** Values ordered by a number: the smallest comes first, equal ones in the order in which they came. */
export class EventHeap<T> {
  readonly #at: number[] = [];
  readonly #order: number[] = [];
  readonly #values: T[] = [];
  #count = 0;

  get size(): number {
    return this.#at.length;
  }

  /** The smallest number; infinity if there is none. */
  get first(): number {
    return this.#at[0] ?? Number.POSITIVE_INFINITY;
  }

  /** The value of the smallest number. */
  peek(): T | undefined {
    return this.#values[0];
  }

  push(at: number, value: T): void {
    let place = this.#at.length;
    this.#at.push(at);
    this.#order.push(this.#count++);
    this.#values.push(value);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#isBefore(parent, place)) return;
      this.#swap(parent, place);
      place = parent;
    }
  }

  pop(): T | undefined {
    const value = this.#values[0];
    const last = this.#at.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    this.#at.pop();
    this.#order.pop();
    this.#values.pop();
    for (let place = 0; ; ) {
      let next = 2 * place + 1;
      if (next >= last) break;
      if (next + 1 < last && this.#isBefore(next + 1, next)) next++;
      if (this.#isBefore(place, next)) break;
      this.#swap(place, next);
      place = next;
    }
    return value;
  }

  #isBefore(a: number, b: number): boolean {
    const [first = 0, second = 0] = [this.#at[a], this.#at[b]];
    return first === second ? (this.#order[a] ?? 0) < (this.#order[b] ?? 0) : first < second;
  }

  #swap(a: number, b: number): void {
    for (const list of [this.#at, this.#order]) [list[a], list[b]] = [list[b] ?? 0, list[a] ?? 0];
    const [first, second] = [this.#values[a], this.#values[b]];
    if (first !== undefined && second !== undefined) [this.#values[a], this.#values[b]] = [second, first];
  }
}
