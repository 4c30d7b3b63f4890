/**
 * Memory for the samples of results. While an item goes through a chain of transforms that keep nothing, the memory of a
 * result that no part of the item uses any more becomes free for the next ones. What leaves the chain stays with whoever
 * gets it; only `batch` directly after the chain frees what it has copied.
 */
import { allocate, allocateUnfilled, bytesPerSample, type Dtype, type TypedArray, viewAs } from "../samples.ts";
import { freeMemory } from "./free-memory.ts";

/** The memory that one item's results took on its way through a chain. */
export class ResultMemory {
  #taken = new Set<ArrayBuffer>();

  /** Memory with anything in it: write all of it before anybody reads it. @throws PipelineError `VOXRX_TOO_LARGE` */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes < freeMemory.least) return allocateUnfilled(bytes);
    const buffer = freeMemory.take(bytes) ?? allocateUnfilled(bytes).buffer;
    this.#taken.add(buffer);
    // A reader of the buffer must not see another image's samples there.
    new Uint8Array(buffer, bytes).fill(0);
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Whether some of it is not known to be free. */
  get isInUse(): boolean {
    return this.#taken.size > 0;
  }

  /** Whether a buffer is part of it: only the item on its way has that. */
  owns(buffer: ArrayBufferLike): boolean {
    return buffer instanceof ArrayBuffer && this.#taken.has(buffer);
  }

  /** Frees all but the buffers that the item still uses. */
  keepOnly(used: ReadonlySet<ArrayBufferLike>): void {
    for (const buffer of this.#taken) {
      if (used.has(buffer)) continue;
      this.#taken.delete(buffer);
      freeMemory.give(buffer);
    }
  }

  /** Leaves all of it to whoever has it: none of it becomes free. */
  leave(): void {
    this.#taken.clear();
  }
}

/**
 * What each entry that comes out of a chain of transforms still uses. Who pulls entries directly from the chain can free
 * it, once nobody can look at the value any more.
 */
export const memoryWith = new WeakMap<object, ResultMemory>();

/** An item on its way through a chain, with the memory that its results took; undefined until the first one. */
export interface Borrower {
  memory: ResultMemory | undefined;
}

let borrower: Borrower | undefined;

/** Sets the item that a transform works on until it returns, and returns the one before. Undefined: none. */
export function lendTo(next: Borrower | undefined): Borrower | undefined {
  const before = borrower;
  borrower = next;
  return before;
}

/**
 * Samples of a result, with anything in them: write all before anybody reads them. Only for what a transform puts into
 * a new volume and returns; nobody else may keep them.
 *
 * @throws PipelineError `VOXRX_TOO_LARGE`
 */
export function resultSamples(dtype: "float32", length: number): Float32Array<ArrayBuffer>;
export function resultSamples(dtype: Dtype, length: number): TypedArray;
export function resultSamples(dtype: Dtype, length: number): TypedArray {
  const bytes = length * bytesPerSample(dtype);
  const memory = borrower && bytes >= freeMemory.least ? (borrower.memory ??= new ResultMemory()) : undefined;
  const { buffer } = memory ? memory.take(bytes) : allocateUnfilled(bytes);
  return viewAs(dtype, buffer, 0, length);
}

/** {@link resultSamples} that are zero, for loops that leave out what has no value. */
export function resultZeros(dtype: "float32", length: number): Float32Array<ArrayBuffer>;
export function resultZeros(dtype: Dtype, length: number): TypedArray;
export function resultZeros(dtype: Dtype, length: number): TypedArray {
  return borrower ? resultSamples(dtype, length).fill(0) : allocate(dtype, length);
}
