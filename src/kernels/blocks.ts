/**
 * Samples a block at a time, as doubles. A loop that meets several kinds of typed array is compiled for none of them and takes 6 to 14 times as long; a block
 * is filled by the engine's own conversion, and loops over blocks meet one kind only.
 */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import type { Walk } from "./walk.ts";

/** Numbers of a block: what fits into the processor's nearest cache. */
export const blockLength = 2048;

/** Shorter lines are not worth a call of the engine's conversion. */
const shortLine = 16;

/** Reads `count` samples that lie `step` apart, from the one at `from`, into `values` from `at`. */
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

/** Calls `visit` with the values, a block at a time, in the order of the walk. The block is used again for the next ones. */
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

/** Writes the values one after the other from `at`, each block as `change` left it. */
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
