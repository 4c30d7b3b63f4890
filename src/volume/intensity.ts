import { type Extent, extentOf, type LinearMap, mapLinear } from "../kernels/intensity.ts";
import { type MemoryOrder, memoryOrder } from "../kernels/walk.ts";
import type { Volume } from "./volume.ts";

/** The least and the greatest value of one channel, or of all; NaN left out. */
export function volumeExtent(volume: Volume, channel?: number): Extent {
  const channels = channel === undefined ? Array.from({ length: volume.channels }, (_, n) => n) : [channel];
  const extents = channels.map((n) => extentOf(volume.samples, channelOrder(volume, n).walk));
  return { min: Math.min(...extents.map(({ min }) => min)), max: Math.max(...extents.map(({ max }) => max)) };
}

/**
 * New float32 samples, `mapFor(channel)` of the old ones: one pass, in the order of memory, which the result keeps (channels
 * slowest). The input may be any view and is not written to.
 */
export function mapIntensity(volume: Volume, mapFor: (channel: number) => LinearMap): Volume {
  const size = volume.spatialShape.reduce((product, n) => product * n, 1);
  const data = new Float32Array(size * volume.channels);
  for (let channel = 0; channel < volume.channels; channel++) {
    mapLinear(volume.samples, channelOrder(volume, channel).walk, mapFor(channel), data, channel * size);
  }
  const { strides, offset } = channelOrder(volume, 0);
  return volume.withSamples({ data, strides: [size, ...strides], offset });
}

function channelOrder(volume: Volume, channel: number): MemoryOrder {
  const offset = volume.offset + channel * volume.strides[0]!;
  return memoryOrder(volume.spatialShape, volume.strides.slice(1), offset);
}
