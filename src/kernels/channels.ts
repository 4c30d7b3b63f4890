/** Loops across the channels of an image: samples lie x fastest without gaps, channels slowest. */
import type { ReadonlySamples } from "../samples.ts";

/** The channel with the greatest value at each voxel, the first of equals; NaN never wins. */
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

/** One channel for each class, 1 where the value is its number. Gives the first value that is no class instead. */
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

/** exp(x) over the sum of all channels' at each voxel, computed in double from the greatest down. */
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
