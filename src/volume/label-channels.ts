/** Labels as kernels see them: one channel after the other, x fastest without gaps. */
import type { BoxShape } from "../kernels/components.ts";
import { changeLabels } from "../kernels/relabel.ts";
import type { TypedArray } from "../samples.ts";
import type { Volume } from "./volume.ts";

/** A label's samples without gaps, and its box. */
export interface LabelChannels {
  readonly samples: TypedArray;
  readonly shape: BoxShape;
  /** Voxels of one channel. */
  readonly size: number;
}

/** The samples of a label, x fastest, to read. */
export function labelChannels(volume: Volume): LabelChannels {
  const { storage: samples } = volume.toContiguous("x-fastest");
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  return { samples, shape: [nx, ny, nz], size: nx * ny * nz };
}

/** One channel, to read. */
export function channelOf({ samples, size }: LabelChannels, channel: number): TypedArray {
  return samples.subarray(channel * size, (channel + 1) * size);
}

/** 1 where any of some channels is above 0, else 0. */
export function anyAboveZero({ samples, size }: LabelChannels, channels: readonly number[]): Uint8Array {
  const mask = new Uint8Array(size);
  for (const channel of channels) {
    for (let i = 0, at = channel * size; i < size; i++, at++) if (samples[at]! > 0) mask[i] = 1;
  }
  return mask;
}

/** 1 where a channel's value is one that counts, else 0. */
export function maskOf(
  { samples, size }: LabelChannels,
  channel: number,
  counts: (value: number) => boolean,
): Uint8Array {
  const mask = new Uint8Array(size);
  changeLabels(samples.subarray(channel * size, (channel + 1) * size), (value) => (counts(value) ? 1 : 0), mask);
  return mask;
}
