import { FormatError } from "../errors.ts";
import type { Region } from "./region.ts";
import type { Volume } from "./volume.ts";

/**
 * The smallest box around all voxels above `threshold` in any of some channels; undefined where there are none.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for a channel that the image does not have
 */
export function foregroundBox(volume: Volume, threshold: number, channels: readonly number[]): Region | undefined {
  const { storage: samples, strides } = volume;
  const [nx, ny, nz = 1] = volume.spatialShape;
  const [sx, sy, sz] = [strides[1]!, strides[2]!, strides[3] ?? 0];
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [-1, -1, -1];
  for (const channel of channels) {
    if (!(channel < volume.channels)) {
      throw new FormatError("VOXRX_BAD_VOLUME", `there is no channel ${channel} among ${volume.channels}`);
    }
    const offset = volume.offset + channel * strides[0]!;
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny!; y++) {
        const row = offset + y * sy + z * sz;
        let first = 0;
        while (first < nx! && !(samples[row + first * sx]! > threshold)) first++;
        if (first === nx) continue;
        let last = nx! - 1;
        while (!(samples[row + last * sx]! > threshold)) last--;
        for (const [axis, from, to] of [
          [0, first, last],
          [1, y, y],
          [2, z, z],
        ] as const) {
          low[axis] = Math.min(low[axis]!, from);
          high[axis] = Math.max(high[axis]!, to);
        }
      }
    }
  }
  if (high[0]! < 0) return undefined;
  const rank = volume.spatialShape.length;
  return { start: low.slice(0, rank), end: high.slice(0, rank).map((at) => at + 1) };
}
