/** Putting windows together: sums of values by weights. */
import type { Strided } from "./strided.ts";

/** Sums that lie x fastest without gaps, channels slowest; weights are those of all channels. */
export interface WindowSums {
  readonly values: Float32Array;
  readonly weights: Float32Array;
  /** `[x, y, z]` of the whole; z is 1 for a 2D image. */
  readonly shape: readonly [number, number, number];
}

/** Adds a window from `start` on, each voxel by the product of the weights of its place along each axis, but at least `least`. */
export function addWindow(
  sums: WindowSums,
  window: Strided,
  start: readonly number[],
  along: readonly Float64Array[],
  least: number,
): void {
  const [nx, ny, nz] = sums.shape;
  const [channels, width, height, depth] = [window.shape[0]!, window.shape[1]!, window.shape[2]!, window.shape[3] ?? 1];
  const { samples, strides, offset } = window;
  const step = strides[1]!;
  const [wx, wy] = [along[0]!, along[1]!];
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < depth; k++) {
      const across = along[2]?.[k] ?? 1;
      for (let j = 0; j < height; j++) {
        const row = wy[j]! * across;
        const to = start[0]! + nx * (start[1]! + j + ny * ((start[2] ?? 0) + k));
        const base = channel * nx * ny * nz + to;
        let from = offset + channel * strides[0]! + j * strides[2]! + k * (strides[3] ?? 0);
        for (let i = 0; i < width; i++, from += step) {
          const weight = Math.max(wx[i]! * row, least);
          sums.values[base + i]! += samples[from]! * weight;
          if (channel === 0) sums.weights[to + i]! += weight;
        }
      }
    }
  }
}

/** Divides the sums by their weights, in place. */
export function divideByWeights({ values, weights }: WindowSums): void {
  const size = weights.length;
  for (let channel = 0; channel < values.length; channel += size) {
    for (let i = 0; i < size; i++) values[channel + i]! /= weights[i]!;
  }
}
