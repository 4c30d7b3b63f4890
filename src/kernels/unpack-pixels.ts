/** Loops over stored pixels. */
import type { TypedArray } from "../samples.ts";

/** Keeps `bits` bits of each integer, from bit `low` up, in place; the highest of them is the sign if `signed`. */
export function keepBits(values: TypedArray, low: number, bits: number, signed: boolean): void {
  const up = 32 - bits;
  const left = up - low;
  if (signed) for (let i = 0; i < values.length; i++) values[i] = (values[i]! << left) >> up;
  else for (let i = 0; i < values.length; i++) values[i] = (values[i]! << left) >>> up;
}

/** Unpacks single bits, the lowest of each byte first, to one byte each. */
export function unpackBits(packed: Uint8Array, output: Uint8Array): void {
  for (let i = 0; i < output.length; i++) output[i] = (packed[i >> 3]! >> (i & 7)) & 1;
}

/**
 * Unpacks PackBits (a byte n below 128: the next n + 1 bytes are literal; above 128: the next byte repeats 257 - n
 * times) into every `step`-th byte of the output, starting at `first`. Returns the number of bytes.
 */
export function unpackRuns(packed: Uint8Array, output: Uint8Array, first: number, step: number): number {
  let [at, to, count] = [0, first, 0];
  while (at + 1 < packed.length && to < output.length) {
    const n = packed[at++]!;
    if (n === 128) continue;
    const isRun = n > 128;
    const length = isRun ? 257 - n : n + 1;
    for (let i = 0; i < length && to < output.length && at < packed.length; i++, to += step, count++) {
      output[to] = packed[at]!;
      if (!isRun) at++;
    }
    if (isRun) at++;
  }
  return count;
}

/** Cuts an image with `across` tiles in a row into its first tiles, and writes them one after the other. */
export function cutTiles(mosaic: TypedArray, output: TypedArray, across: number, columns: number, rows: number): void {
  const tile = columns * rows;
  for (let n = 0; n * tile < output.length; n++) {
    const [left, top] = [(n % across) * columns, Math.floor(n / across) * rows];
    for (let row = 0; row < rows; row++) {
      const from = (top + row) * columns * across + left;
      output.set(mosaic.subarray(from, from + columns), n * tile + row * columns);
    }
  }
}
