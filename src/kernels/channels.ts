/** Loops across the channels of an image. Samples are stored x fastest, without gaps, channels slowest. */
import { resultSamples, resultZeros } from "../memory/result-memory.ts";
import type { ReadonlySamples } from "../samples.ts";
import { fitFloats, floatsInBlock } from "./float-blocks.ts";
import type { ValueLoops } from "./plain-value-loops.ts";
import { plainValueLoops } from "./plain-value-loops.ts";
import { valueLoops, valuesAt, valuesRoom } from "./value-loops.ts";

/** The channel with the greatest value at each voxel, the first one in a tie; NaN never wins. */
export function argmaxOf(samples: ReadonlySamples, channels: number, size: number): Float32Array {
  const winner = resultZeros("float32", size);
  if (!fitFloats(samples)) {
    findWinners(samples, channels, size, winner);
    return winner;
  }
  eachChannelBlock(samples, channels, size, ({ loops, floats, length, at, count }) => {
    loops.argmax(valuesAt, length, channels, 4 * length);
    winner.set(floats.subarray(0, count), at);
  });
  return winner;
}

function findWinners(samples: ReadonlySamples, channels: number, size: number, winner: Float32Array): void {
  const best = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0, at = channel * size; i < size; i++, at++) {
      if (samples[at]! > best[i]!) {
        best[i] = samples[at]!;
        winner[i] = channel;
      }
    }
  }
}

/**
 * One channel for each class: channel n is 1 where the value is n. If a value is not a class, returns the first such
 * value instead.
 */
export function onehotOf(samples: ReadonlySamples, classes: number): Float32Array | { readonly stray: number } {
  const size = samples.length;
  const hot = resultZeros("float32", classes * size);
  const block = new Float32Array(Math.min(size, floatsInBlock));
  for (let at = 0; at < size; at += block.length) {
    const count = Math.min(block.length, size - at);
    block.set(samples.subarray(at, at + count));
    const stray = markClasses(block, count, hot, at, size, classes);
    if (stray !== undefined) return { stray };
  }
  return hot;
}

/** Marks the classes of some voxels; stops at the first value that is not a class, and returns it. */
function markClasses(
  values: Float32Array,
  count: number,
  hot: Float32Array,
  at: number,
  size: number,
  classes: number,
): number | undefined {
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!(Number.isInteger(value) && value >= 0 && value < classes)) return value;
    hot[value * size + at + i] = 1;
  }
  return undefined;
}

/**
 * At each voxel, exp(x) divided by the sum of exp(x) over all channels, in floats. The greatest value is subtracted
 * first.
 */
export function softmaxOf(samples: ReadonlySamples, channels: number, size: number): Float32Array {
  const result = resultSamples("float32", channels * size);
  eachChannelBlock(samples, channels, size, ({ loops, floats, length, at, count }) => {
    loops.softmax(valuesAt, length, channels, 4 * length);
    for (let n = 0; n < channels; n++) {
      result.set(floats.subarray(n * length, n * length + count), n * size + at);
    }
  });
  return result;
}

/** The same voxels of all channels, as floats: one row of `length` floats for each channel, at `valuesAt`. */
interface ChannelBlock {
  readonly loops: ValueLoops;
  readonly floats: Float32Array;
  readonly length: number;
  /** The first voxel, and how many there are; the rest of each row is left over from other blocks. */
  readonly at: number;
  readonly count: number;
}

function eachChannelBlock(
  samples: ReadonlySamples,
  channels: number,
  size: number,
  visit: (block: ChannelBlock) => void,
): void {
  const least = 16 * channels;
  const loops = least > valuesRoom ? plainValueLoops(valuesAt + 4 * least) : valueLoops();
  const most = Math.max(16, Math.floor(Math.min(floatsInBlock, valuesRoom / channels) / 16) * 16);
  const floats = new Float32Array(loops.memory, valuesAt, most * channels);
  for (let at = 0; at < size; at += most) {
    const count = Math.min(most, size - at);
    const length = Math.ceil(count / 16) * 16;
    for (let n = 0; n < channels; n++) {
      floats.set(samples.subarray(n * size + at, n * size + at + count), n * length);
    }
    visit({ loops, floats, length, at, count });
  }
}
