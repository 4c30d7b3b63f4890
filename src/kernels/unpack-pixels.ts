/** Loops over the stored pixels of pictures. */
import type { TypedArray } from "../samples.ts";

/** Keeps `bits` bits of each whole number, from bit `low` up, in place; the top one of them is a sign if `signed`. */
export function keepBits(values: TypedArray, low: number, bits: number, signed: boolean): void {
  const up = 32 - bits;
  const left = up - low;
  if (signed) for (let i = 0; i < values.length; i++) values[i] = (values[i]! << left) >> up;
  else for (let i = 0; i < values.length; i++) values[i] = (values[i]! << left) >>> up;
}

/** Single bits, the lowest of each byte first, to one byte each. */
export function unpackBits(packed: Uint8Array, output: Uint8Array): void {
  for (let i = 0; i < output.length; i++) output[i] = (packed[i >> 3]! >> (i & 7)) & 1;
}

/**
 * PackBits (a byte n below 128: n + 1 bytes follow as they are; above: the next one repeats 257 - n times) into every `step`-th byte of
 * the output from `first` on; gives how many bytes there were.
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

/** Cuts a picture of `across` tiles in a row into its first tiles, one behind the other. */
export function cutTiles(picture: TypedArray, output: TypedArray, across: number, columns: number, rows: number): void {
  const tile = columns * rows;
  for (let n = 0; n * tile < output.length; n++) {
    const [left, top] = [(n % across) * columns, Math.floor(n / across) * rows];
    for (let row = 0; row < rows; row++) {
      const from = (top + row) * columns * across + left;
      output.set(picture.subarray(from, from + columns), n * tile + row * columns);
    }
  }
}
