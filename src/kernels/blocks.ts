/**
 * Reads samples one block at a time, as doubles. A loop that sees several kinds of typed array is not optimized for any
 * of them and takes 6 to 14 times as long. The engine's own conversion fills a block, and loops over blocks see only
 * one kind.
 */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import type { Walk } from "./walk.ts";

/** Numbers in a block: as many as fit into the processor's L1 cache. */
export const blockLength = 2048;

/** For shorter lines, a call of the engine's conversion does not pay off. */
const shortLine = 16;

/** Reads `count` samples that are `step` apart, starting at `from`, into `values` starting at `at`. */
export function readLine(
  source: ReadonlySamples,
  from: number,
  step: number,
  values: Float64Array,
  at = 0,
  count = values.length - at,
): void {
  if (count < shortLine || (step !== 1 && step !== -1)) {
    for (let i = 0, place = from; i < count; i++, place += step) values[at + i] = source[place]!;
  } else if (step === 1) {
    values.set(source.subarray(from, from + count), at);
  } else {
    values.set(source.subarray(from - count + 1, from + 1), at);
    values.subarray(at, at + count).reverse();
  }
}

/**
 * Calls `visit` with the values, one block at a time, in the order of the walk. The same array is reused for every
 * block.
 */
export function eachBlock(
  source: ReadonlySamples,
  { start, counts, steps }: Walk,
  visit: (values: Float64Array) => void,
): void {
  const block = new Float64Array(Math.min(blockLength, counts[0] * counts[1] * counts[2]));
  let filled = 0;
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      const line = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; ) {
        const count = Math.min(counts[2] - i, block.length - filled);
        readLine(source, line + i * steps[2], steps[2], block, filled, count);
        i += count;
        filled += count;
        if (filled < block.length) continue;
        visit(block);
        filled = 0;
      }
    }
  }
  if (filled > 0) visit(block.subarray(0, filled));
}

/** Writes the values one after the other, starting at `at`, after `change` has modified each block in place. */
export function changeBlocks(
  source: ReadonlySamples,
  walk: Walk,
  change: (values: Float64Array) => void,
  target: TypedArray,
  at: number,
): void {
  let to = at;
  eachBlock(source, walk, (values) => {
    change(values);
    target.set(values, to);
    to += values.length;
  });
}
