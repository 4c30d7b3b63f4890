/**
 * Memory that was used for samples and is free to be used again. The system gives fresh memory page by page, which takes
 * much longer than writing to memory that the process already has.
 */

/** Most that is kept for later, in bytes: what is beyond that is given back to the system, the oldest first. */
const mostKept = 256 * 2 ** 20;
/** How much larger than requested a piece of memory may be. */
const mostSlack = 1.25;
/** Unused for that long, all of it is given back to the system. */
const idleMs = 1000;
/** What free memory is filled with in tests. */
const poison = 0xa5;

class FreeMemory {
  /** In the order in which they came. */
  #buffers: ArrayBuffer[] = [];
  #bytes = 0;
  #usedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Smaller memory comes from the system's allocator, which uses it again by itself. In bytes. */
  least = 2 ** 18;
  /** Fills all free memory with a pattern, so that who still looks at it sees that. */
  poisons = false;
  /** How often memory was used again. */
  taken = 0;

  /** Memory of at least so many bytes, and not much more, with anything in it; undefined if there is none. */
  take(bytes: number): ArrayBuffer | undefined {
    this.#usedAt = performance.now();
    let best: ArrayBuffer | undefined;
    for (const buffer of this.#buffers) {
      const fits = buffer.byteLength >= bytes && buffer.byteLength <= mostSlack * bytes;
      if (fits && (best === undefined || buffer.byteLength < best.byteLength)) best = buffer;
    }
    if (best === undefined) return undefined;
    this.#drop(this.#buffers.indexOf(best));
    this.taken++;
    return best;
  }

  /** Keeps memory that nobody can look at any more. */
  give(buffer: ArrayBuffer): void {
    if (this.poisons) new Uint8Array(buffer).fill(poison);
    if (buffer.byteLength > mostKept) return;
    this.#buffers.push(buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > mostKept) this.#drop(0);
    this.#usedAt = performance.now();
    this.#timer ??= setTimeout(() => this.#whenIdle(), idleMs).unref();
  }

  #drop(at: number): void {
    const [dropped] = this.#buffers.splice(at, 1);
    this.#bytes -= dropped?.byteLength ?? 0;
  }

  #whenIdle(): void {
    const left = this.#usedAt + idleMs - performance.now();
    this.#timer = left > 0 ? setTimeout(() => this.#whenIdle(), left).unref() : undefined;
    if (left > 0) return;
    this.#buffers = [];
    this.#bytes = 0;
  }
}

/** That of this thread. */
export const freeMemory = new FreeMemory();
