/** Labels as kernels see them: one channel after the other, x fastest without gaps. */
import type { BoxShape } from "../kernels/components.ts";
import { changeLabels, markAboveZero } from "../kernels/relabel.ts";
import type { TypedArray } from "../samples.ts";
import type { Volume } from "./volume.ts";

/** A label's samples without gaps, and its shape. */
export interface LabelChannels {
  readonly samples: TypedArray;
  readonly shape: BoxShape;
  /** Voxels of one channel. */
  readonly size: number;
}

/** The samples of a label, x fastest, for reading only. */
export function labelChannels(volume: Volume): LabelChannels {
  const { storage: samples } = volume.toContiguous("x-fastest");
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  return { samples, shape: [nx, ny, nz], size: nx * ny * nz };
}

/** One channel, for reading only. */
export function channelOf({ samples, size }: LabelChannels, channel: number): TypedArray {
  return samples.subarray(channel * size, (channel + 1) * size);
}

/** 1 where any of the given channels is above 0, else 0. */
export function anyAboveZero(label: LabelChannels, channels: readonly number[]): Uint8Array {
  const mask = new Uint8Array(label.size);
  for (const channel of channels) markAboveZero(channelOf(label, channel), mask);
  return mask;
}

/** 1 where `counts` is true for a channel's value, else 0. */
export function maskOf(label: LabelChannels, channel: number, counts: (value: number) => boolean): Uint8Array {
  const mask = new Uint8Array(label.size);
  changeLabels(channelOf(label, channel), (value) => (counts(value) ? 1 : 0), mask);
  return mask;
}
