/** Loops across the channels of an image. Samples are stored x fastest, without gaps, channels slowest. */
import type { ReadonlySamples } from "../samples.ts";

/** The channel with the greatest value at each voxel, the first one in a tie; NaN never wins. */
export function argmaxOf(samples: ReadonlySamples, channels: number, size: number): Float32Array {
  const winner = new Float32Array(size);
  const best = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0, at = channel * size; i < size; i++, at++) {
      if (samples[at]! > best[i]!) {
        best[i] = samples[at]!;
        winner[i] = channel;
      }
    }
  }
  return winner;
}

/**
 * One channel for each class: channel n is 1 where the value is n. If a value is not a class, returns the first such
 * value instead.
 */
export function onehotOf(samples: ReadonlySamples, classes: number): Float32Array | { readonly stray: number } {
  const size = samples.length;
  const hot = new Float32Array(classes * size);
  for (let i = 0; i < size; i++) {
    const value = samples[i]!;
    if (!(Number.isInteger(value) && value >= 0 && value < classes)) return { stray: value };
    hot[value * size + i] = 1;
  }
  return hot;
}

/**
 * At each voxel, exp(x) divided by the sum of exp(x) over all channels. Computed in double, with the greatest value
 * subtracted first.
 */
export function softmaxOf(samples: ReadonlySamples, channels: number, size: number): Float32Array {
  const result = new Float32Array(channels * size);
  const powers = new Float64Array(channels);
  for (let i = 0; i < size; i++) {
    let greatest = Number.NEGATIVE_INFINITY;
    for (let at = i; at < result.length; at += size) if (samples[at]! > greatest) greatest = samples[at]!;
    let sum = 0;
    for (let channel = 0, at = i; channel < channels; channel++, at += size) {
      powers[channel] = Math.exp(samples[at]! - greatest);
      sum += powers[channel]!;
    }
    for (let channel = 0, at = i; channel < channels; channel++, at += size) result[at] = powers[channel]! / sum;
  }
  return result;
}
