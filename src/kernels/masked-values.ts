/** Masks on images. */
import { resultSamples } from "../memory/result-memory.ts";
import { readLine } from "./blocks.ts";
import { changeVoxels, eachFloatBlock, fitFloats, floatsInBlock, inVoxelOrder } from "./float-blocks.ts";
import { floatAtMost } from "./float-math.ts";
import { changeRows, eachRow, type Strided } from "./strided.ts";
import { valueLoops, valuesAt, workAt } from "./value-loops.ts";

/**
 * New samples, x fastest: the values where the mask is above `threshold`, 0 elsewhere. The mask has the image's spatial
 * shape, and as many channels as the image or one.
 */
export function maskedValues(image: Strided, mask: Strided, threshold: number): Float32Array {
  return fitFloats(mask.storage) ? maskedFloats(image, mask, threshold) : maskedRows(image, mask, threshold);
}

function maskedFloats(image: Strided, mask: Strided, threshold: number): Float32Array {
  const size = mask.shape.slice(1).reduce((product, n) => product * n, 1);
  const over = inVoxelOrder(mask, () => resultSamples("float32", size * mask.shape[0]!));
  const maskAt = valuesAt + 4 * floatsInBlock;
  const block = new Float32Array(valueLoops().memory, maskAt, floatsInBlock);
  const limit = floatAtMost(threshold);
  return changeVoxels(image, (loops, length, at, channel) => {
    const from = at + (mask.shape[0] === 1 ? 0 : channel * size);
    block.set(over.subarray(from, from + Math.min(length, size - at)));
    loops.keepMasked(valuesAt, length, maskAt, limit);
  });
}

function maskedRows(image: Strided, mask: Strided, threshold: number): Float32Array {
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
  if (fitFloats(image.storage)) markFloats(image, thresholds, top, mask);
  else markRows(image, thresholds, top, mask);
  return mask;
}

function markFloats(image: Strided, thresholds: readonly number[], top: number | undefined, mask: Uint8Array): void {
  const source = inVoxelOrder(image, () => resultSamples("float32", mask.length * image.shape[0]!));
  const marks = new Uint8Array(valueLoops().memory, workAt, floatsInBlock);
  for (const [channel, threshold] of thresholds.entries()) {
    const start = channel * mask.length;
    let at = 0;
    eachFloatBlock(source, { start, counts: [1, 1, mask.length], steps: [0, 0, 1] }, (loops, length, count) => {
      loops.markAtMost(valuesAt, length, workAt, threshold, top !== undefined, top ?? 0);
      if (channel === 0) mask.set(marks.subarray(0, count), at);
      else for (let i = 0; i < count; i++) mask[at + i]! |= marks[i]!;
      at += count;
    });
  }
}

function markRows(image: Strided, thresholds: readonly number[], top: number | undefined, mask: Uint8Array): void {
  const values = new Float64Array(image.shape[1]!);
  eachRow(image, ({ channel, from, to }) => {
    readLine(image.storage, from, image.strides[1]!, values);
    const first = to - channel * mask.length;
    markAtMost(values, thresholds[channel]!, top, mask, first);
  });
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
