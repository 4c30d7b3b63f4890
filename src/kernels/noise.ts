/**
 * Noise for images. Which numbers a voxel gets depends on its place, the channel and the seed only, so that it does not
 * depend on the memory layout, or on the order of work.
 */
import { changeVoxels } from "./float-blocks.ts";
import type { Strided } from "./strided.ts";
import { valuesAt } from "./value-loops.ts";

/** Mean and standard deviation of noise. */
export interface Noise {
  readonly mean: number;
  readonly deviation: number;
}

/** Where noise comes from: streams of different numbers are not related. */
export interface NoiseSource {
  /** A 32-bit integer. */
  readonly seed: number;
  /** A small integer for each use of the same seed. */
  readonly use: number;
}

/** Channels have streams of their own; more than this many would share those of another use. */
const mostChannels = 2 ** 20;

/** New samples, x fastest: every value plus normal noise. */
export function addGaussianNoise(image: Strided, { mean, deviation }: Noise, { seed, use }: NoiseSource): Float32Array {
  return changeVoxels(image, (loops, length, at, channel) => {
    // 16 voxels use 4 counters.
    loops.addGaussian(valuesAt, length, at / 4, seed, use * mostChannels + channel, mean, deviation);
  });
}

/** New samples, x fastest: the magnitude of every value plus complex normal noise (Gudbjartsson and Patz 1995). */
export function addRicianNoise(
  image: Strided,
  noiseOf: (channel: number) => Noise,
  { seed, use }: NoiseSource,
): Float32Array {
  const noises = Array.from({ length: image.shape[0]! }, (_, channel) => noiseOf(channel));
  return changeVoxels(image, (loops, length, at, channel) => {
    const { mean, deviation } = noises[channel]!;
    // 8 voxels use 4 counters.
    loops.addRician(valuesAt, length, at / 2, seed, use * mostChannels + channel, mean, deviation);
  });
}
