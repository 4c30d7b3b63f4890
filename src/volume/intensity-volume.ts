import {
  type Extent,
  extentOf,
  keepBeyond,
  type LinearMap,
  mapLinear,
  squaresOf,
  sumOf,
} from "../kernels/sample-sums.ts";
import { channelOrder } from "../kernels/strided.ts";
import type { Walk } from "../kernels/walk.ts";
import { resultSamples } from "../memory/result-memory.ts";
import type { Volume } from "./volume.ts";

/** The minimum and the maximum of one channel, or of all; NaN is ignored. */
export function volumeExtent(volume: Volume, channel?: number): Extent {
  const channels = channel === undefined ? Array.from({ length: volume.channels }, (_, n) => n) : [channel];
  const extents = channels.map((n) => extentOf(volume.storage, channelOrder(volume, n).walk));
  return { min: Math.min(...extents.map(({ min }) => min)), max: Math.max(...extents.map(({ max }) => max)) };
}

/** Mean and population standard deviation. */
export interface Moments {
  /** Number of values that count. */
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Mean and deviation of one channel, or of all, in two passes in double; NaN and infinite values are ignored, and with
 * `nonzero` also zeros.
 */
export function volumeMoments(volume: Volume, nonzero: boolean, channel?: number): Moments {
  const channels = channel === undefined ? Array.from({ length: volume.channels }, (_, n) => n) : [channel];
  const walks = channels.map((n) => channelOrder(volume, n).walk);
  const sums = walks.map((walk) => sumOf(volume.storage, walk, nonzero));
  const count = sums.reduce((total, [n]) => total + n, 0);
  if (count === 0) return { count, mean: 0, deviation: 0 };
  const mean = sums.reduce((total, [, sum]) => total + sum, 0) / count;
  const squares = walks.reduce((total, walk) => total + squaresOf(volume.storage, walk, nonzero, mean), 0);
  return { count, mean, deviation: Math.sqrt(squares / count) };
}

/**
 * Returns the image with new float32 samples, mapped by `mapFor(channel)`, in one pass in memory order, which the
 * result keeps (channels slowest). The input can be any view and is not modified.
 */
export function mapIntensity(volume: Volume, mapFor: (channel: number) => LinearMap): Volume {
  return rewritten(volume, (walk, channel, target, at) => {
    mapLinear(volume.storage, walk, mapFor(channel), target, at);
  });
}

/** Like {@link mapIntensity}: keeps the values beyond a threshold and replaces the others with `otherwise`. */
export function thresholdVolume(volume: Volume, threshold: number, above: boolean, otherwise: number): Volume {
  const rule = { threshold, above, otherwise };
  return rewritten(volume, (walk, _channel, target, at) => keepBeyond(volume.storage, walk, rule, target, at));
}

function rewritten(
  volume: Volume,
  write: (walk: Walk, channel: number, target: Float32Array, at: number) => void,
): Volume {
  const size = volume.spatialShape.reduce((product, n) => product * n, 1);
  const data = resultSamples("float32", size * volume.channels);
  for (let channel = 0; channel < volume.channels; channel++) {
    write(channelOrder(volume, channel).walk, channel, data, channel * size);
  }
  const { strides, offset } = channelOrder(volume, 0);
  return volume.withSamples({ data, strides: [size, ...strides], offset });
}
