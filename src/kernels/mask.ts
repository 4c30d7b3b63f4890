/** Masks on images. */
import { eachRow, type Strided } from "./strided.ts";

/**
 * New samples, x fastest: the values where the mask is above `threshold`, 0 elsewhere. The mask has the image's spatial shape, and
 * its number of channels or one.
 */
export function maskedValues(image: Strided, mask: Strided, threshold: number): Float32Array {
  const [nx, step, maskStep] = [image.shape[1]!, image.strides[1]!, mask.strides[1]!];
  const channelStride = mask.shape[0] === 1 ? 0 : mask.strides[0]!;
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  eachRow(image, ({ channel, y, z, from, to }) => {
    let at = from;
    let maskAt = mask.offset + channel * channelStride + y * mask.strides[2]! + z * (mask.strides[3] ?? 0);
    for (let i = 0; i < nx; i++, at += step, maskAt += maskStep) {
      if (mask.samples[maskAt]! > threshold) data[to + i] = image.samples[at]!;
    }
  });
  return data;
}

/** 1 where any channel is at most its threshold, else 0; x fastest. With `from`, what counts is `from` minus the value. */
export function anyAtMost(image: Strided, thresholds: readonly number[], from?: number): Uint8Array {
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  const mask = new Uint8Array(image.shape.slice(1).reduce((product, n) => product * n, 1));
  eachRow(image, (row) => {
    const threshold = thresholds[row.channel]!;
    const to = row.to - row.channel * mask.length;
    for (let i = 0, at = row.from; i < nx; i++, at += step) {
      const value = image.samples[at]!;
      if ((from === undefined ? value : from - value) <= threshold) mask[to + i] = 1;
    }
  });
  return mask;
}
