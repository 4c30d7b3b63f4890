import { FormatError } from "../errors.ts";
import { boxAbove } from "../kernels/boxes.ts";
import type { Region } from "./region.ts";
import type { Volume } from "./volume.ts";

/**
 * The smallest box around all voxels above `threshold` in any of the given channels; undefined if there are none.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for a channel that the image does not have
 */
export function foregroundBox(volume: Volume, threshold: number, channels: readonly number[]): Region | undefined {
  const absent = channels.find((channel) => !(channel < volume.channels));
  if (absent !== undefined) {
    throw new FormatError(
      "VOXRX_BAD_VOLUME",
      `channel ${absent} does not exist in an image of ${volume.channels} channels`,
      { remedy: `Use channels from 0 to ${volume.channels - 1}.` },
    );
  }
  const box = boxAbove(volume, threshold, channels);
  if (!box) return undefined;
  const start = box.start.slice(0, volume.spatialShape.length);
  return { start, end: start.map((from, axis) => from + (box.shape[axis] ?? 1)) };
}
