/** Passes samples through the memory of the value loops, a block at a time, as floats. */
import { resultSamples } from "../memory/result-memory.ts";
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { copyStrided } from "./copy-strided.ts";
import type { ValueLoops } from "./plain-value-loops.ts";
import { sampleKind } from "./rows.ts";
import { channelOrder, type Dense, type Strided } from "./strided.ts";
import { valueLoops, valuesAt } from "./value-loops.ts";
import type { Walk } from "./walk.ts";

/** Floats in a block: as many as stay in the processor's L1 cache. A multiple of 16. */
export const floatsInBlock = 4096;

/** For shorter lines, a call of the engine's conversion does not pay off. */
const shortLine = 16;

/** Whether float32 holds every value of the samples' type, so that a block of floats has the same values. */
export function fitFloats(samples: ReadonlySamples): boolean {
  return sampleKind(samples) !== undefined;
}

/**
 * Calls `visit` with the number of values in the block, rounded up to a multiple of 16, for one block after the other
 * in the order of the walk. The values that fill up the last block are NaN.
 */
export function eachFloatBlock(
  source: ReadonlySamples,
  { start, counts, steps }: Walk,
  visit: (loops: ValueLoops, length: number, count: number) => void,
): void {
  const loops = valueLoops();
  const block = new Float32Array(loops.memory, valuesAt, floatsInBlock);
  let filled = 0;
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      const line = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; ) {
        const count = Math.min(counts[2] - i, block.length - filled);
        readFloats(source, line + i * steps[2], steps[2], block, filled, count);
        i += count;
        filled += count;
        if (filled < block.length) continue;
        visit(loops, filled, filled);
        filled = 0;
      }
    }
  }
  if (filled === 0) return;
  const length = Math.ceil(filled / 16) * 16;
  block.fill(Number.NaN, filled, length);
  visit(loops, length, filled);
}

function readFloats(
  source: ReadonlySamples,
  from: number,
  step: number,
  block: Float32Array,
  at: number,
  count: number,
): void {
  if (step === 1 && count >= shortLine) block.set(source.subarray(from, from + count), at);
  else for (let i = 0, place = from; i < count; i++, place += step) block[at + i] = source[place]!;
}

/** Writes the values one after the other, starting at `at`, after `change` has modified each block in place. */
export function changeFloatBlocks(
  source: ReadonlySamples,
  walk: Walk,
  change: (loops: ValueLoops, length: number, at: number) => void,
  target: TypedArray,
  at: number,
): void {
  let to = at;
  let block: Float32Array | undefined;
  eachFloatBlock(source, walk, (loops, length, count) => {
    change(loops, length, to - at);
    block ??= new Float32Array(loops.memory, valuesAt, floatsInBlock);
    target.set(count === block.length ? block : block.subarray(0, count), to);
    to += count;
  });
}

/** Calls {@link eachFloatBlock} for one channel, or for all, in memory order. */
export function eachFloatBlockOf(
  image: Strided,
  channel: number | undefined,
  visit: (loops: ValueLoops, length: number, count: number) => void,
): void {
  for (let n = channel ?? 0; n < (channel === undefined ? image.shape[0]! : channel + 1); n++) {
    eachFloatBlock(image.storage, channelOrder(image, n).walk, visit);
  }
}

/**
 * New samples: the values as floats after `change` has modified them, one block at a time. They are in the memory order
 * of the image (channels slowest).
 */
export function mapFloatBlocks(
  image: Strided,
  change: (loops: ValueLoops, length: number, channel: number) => void,
): Dense {
  const channels = image.shape[0]!;
  const size = image.shape.slice(1).reduce((product, n) => product * n, 1);
  const data = resultSamples("float32", size * channels);
  for (let channel = 0; channel < channels; channel++) {
    const { walk } = channelOrder(image, channel);
    changeFloatBlocks(image.storage, walk, (loops, length) => change(loops, length, channel), data, channel * size);
  }
  const { strides, offset } = channelOrder(image, 0);
  return { data, strides: [size, ...strides], offset };
}

/**
 * Writes the values as floats, after `change` has modified them one block at a time, to `target`, which can be the
 * samples themselves. Returns it.
 */
export function changeFloats(
  samples: ReadonlySamples,
  change: (loops: ValueLoops, length: number) => void,
  target: Float32Array,
): Float32Array {
  const all: Walk = { start: 0, counts: [1, 1, samples.length], steps: [0, 0, 1] };
  changeFloatBlocks(samples, all, change, target, 0);
  return target;
}

/**
 * New samples, x fastest: the values as floats after `change` has modified them, one block at a time, in the order of
 * voxels. `at` is the first voxel of a block in its channel, a multiple of 16.
 */
export function changeVoxels(
  image: Strided,
  change: (loops: ValueLoops, length: number, at: number, channel: number) => void,
): Float32Array {
  const size = image.shape.slice(1).reduce((product, n) => product * n, 1);
  const data = resultSamples("float32", size * image.shape[0]!);
  const source = inVoxelOrder(image, () => data);
  for (let channel = 0; channel < image.shape[0]!; channel++) {
    const walk: Walk = { start: channel * size, counts: [1, 1, size], steps: [0, 0, 1] };
    const changeOne = (loops: ValueLoops, length: number, at: number) => change(loops, length, at, channel);
    changeFloatBlocks(source, walk, changeOne, data, channel * size);
  }
  return data;
}

/** The samples of an image in the order of voxels: where they are if they are in it, else copied to memory. */
export function inVoxelOrder(
  { storage, shape, strides, offset }: Strided,
  allocate: () => TypedArray,
): ReadonlySamples {
  const dense = stridesFor(shape);
  const length = shape.reduce((product, n) => product * n, 1);
  if (shape.every((n, axis) => n === 1 || strides[axis] === dense[axis])) {
    return storage.subarray(offset, offset + length);
  }
  const target = allocate();
  copyStrided(storage.subarray(), shape, strides, offset, target, dense);
  return target;
}

/** Strides of an image without gaps, x fastest, channels slowest. */
function stridesFor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of [...shape.keys()].slice(1).concat(0)) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}
