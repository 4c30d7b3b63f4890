/** Labels as kernels see them: one channel after the other, x fastest without gaps. */
import type { BoxShape } from "../kernels/components.ts";
import type { TypedArray } from "./samples.ts";
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
  const { samples } = volume.toContiguous("x-fastest");
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  return { samples, shape: [nx, ny, nz], size: nx * ny * nz };
}

/** 1 where a channel's value is one that counts, else 0. */
export function maskOf(
  { samples, size }: LabelChannels,
  channel: number,
  counts: (value: number) => boolean,
): Uint8Array {
  const mask = new Uint8Array(size);
  const from = channel * size;
  for (let i = 0; i < size; i++) if (counts(samples[from + i]!)) mask[i] = 1;
  return mask;
}

/** The values of a channel that are not 0, ascending; NaN left out. */
export function valuesIn({ samples, size }: LabelChannels, channel: number): number[] {
  const values = new Set<number>();
  let last = 0;
  for (let i = channel * size; i < (channel + 1) * size; i++) {
    const value = samples[i]!;
    if (value === last) continue;
    last = value;
    if (value !== 0 && !Number.isNaN(value)) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}
