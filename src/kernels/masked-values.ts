/** Masks on images. */
import { readLine } from "./blocks.ts";
import { changeRows, eachRow, type Strided } from "./strided.ts";

/**
 * New samples, x fastest: the values where the mask is above `threshold`, 0 elsewhere. The mask has the image's spatial
 * shape, and as many channels as the image or one.
 */
export function maskedValues(image: Strided, mask: Strided, threshold: number): Float32Array {
  const channelStride = mask.shape[0] === 1 ? 0 : mask.strides[0]!;
  const over = new Float64Array(image.shape[1]!);
  return changeRows(image, (values, channel, { y, z }) => {
    const from = mask.offset + channel * channelStride + y * mask.strides[2]! + z * (mask.strides[3] ?? 0);
    readLine(mask.storage, from, mask.strides[1]!, over);
    for (let i = 0; i < values.length; i++) if (!(over[i]! > threshold)) values[i] = 0;
  });
}

/**
 * 1 where any channel is at most its threshold, else 0; x fastest. With `top`, `top` minus the value is compared
 * instead.
 */
export function anyAtMost(image: Strided, thresholds: readonly number[], top?: number): Uint8Array {
  const mask = new Uint8Array(image.shape.slice(1).reduce((product, n) => product * n, 1));
  const values = new Float64Array(image.shape[1]!);
  eachRow(image, ({ channel, from, to }) => {
    readLine(image.storage, from, image.strides[1]!, values);
    const first = to - channel * mask.length;
    markAtMost(values, thresholds[channel]!, top, mask, first);
  });
  return mask;
}

function markAtMost(
  values: Float64Array,
  threshold: number,
  top: number | undefined,
  mask: Uint8Array,
  at: number,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = top === undefined ? values[i]! : top - values[i]!;
    if (value <= threshold) mask[at + i] = 1;
  }
}
