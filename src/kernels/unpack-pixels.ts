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

/**
 * Converts YCbCr of full range (as in JFIF, and YBR_FULL in DICOM) to RGB in place, rounded to the nearest. Pixels are
 * `pixelStep` apart, the three samples of a pixel `sampleStep`.
 */
export function yccToRgb(samples: TypedArray, pixelStep: number, sampleStep: number, bits: number): void {
  const middle = 2 ** (bits - 1);
  const most = 2 ** bits - 1;
  const pixels = samples.length / 3;
  for (let n = 0, at = 0; n < pixels; n++, at += pixelStep) {
    const y = samples[at]! + 0.5;
    const cb = samples[at + sampleStep]! - middle;
    const cr = samples[at + 2 * sampleStep]! - middle;
    samples[at] = Math.min(most, Math.max(0, y + 1.402 * cr));
    samples[at + sampleStep] = Math.min(most, Math.max(0, y - 0.344136 * cb - 0.714136 * cr));
    samples[at + 2 * sampleStep] = Math.min(most, Math.max(0, y + 1.772 * cb));
  }
}

/** Gives each pixel of a pair Y, Y, Cb, Cr its own three samples. */
export function spreadColors(pairs: Uint8Array, output: TypedArray): void {
  for (let from = 0, to = 0; to < output.length; from += 4, to += 6) {
    output[to] = pairs[from]!;
    output[to + 3] = pairs[from + 1]!;
    output[to + 1] = output[to + 4] = pairs[from + 2]!;
    output[to + 2] = output[to + 5] = pairs[from + 3]!;
  }
}

/** Replaces each value by the table's entry for it; `first` is the value of the first entry, others get the nearest. */
export function lookUp(values: TypedArray, table: Uint16Array, first: number, output: Uint16Array): void {
  const last = table.length - 1;
  for (let i = 0; i < values.length; i++) output[i] = table[Math.min(last, Math.max(0, values[i]! - first))]!;
}
