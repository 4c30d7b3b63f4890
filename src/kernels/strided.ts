/** Images as kernels see them, and the two ways to write a new one: in memory order, or in the order of voxels. */
import type { ReadonlySamples } from "../samples.ts";
import { changeBlocks, eachBlock, readLine } from "./blocks.ts";
import { type MemoryOrder, memoryOrder } from "./walk.ts";

/** An image in any layout, channels first, of two or three spatial axes. A `Volume` is one. */
export interface Strided {
  readonly storage: ReadonlySamples;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** New samples without gaps, and the memory layout of an image of the same shape in them. */
export interface Dense {
  readonly data: Float32Array;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The memory order of one channel. */
export function channelOrder({ shape, strides, offset }: Strided, channel: number): MemoryOrder {
  return memoryOrder(shape.slice(1), strides.slice(1), offset + channel * strides[0]!);
}

/** Calls `visit` with the values of one channel, or of all, one block at a time, in memory order. */
export function eachBlockOf(image: Strided, channel: number | undefined, visit: (values: Float64Array) => void): void {
  for (let n = channel ?? 0; n < (channel === undefined ? image.shape[0]! : channel + 1); n++) {
    eachBlock(image.storage, channelOrder(image, n).walk, visit);
  }
}

/**
 * New samples: the values after `change` has modified them, one block at a time. They are in the memory order of the
 * image (channels slowest).
 */
export function mapBlocks(image: Strided, change: (values: Float64Array, channel: number) => void): Dense {
  const channels = image.shape[0]!;
  const size = image.shape.slice(1).reduce((product, n) => product * n, 1);
  const data = new Float32Array(size * channels);
  for (let channel = 0; channel < channels; channel++) {
    const { walk } = channelOrder(image, channel);
    changeBlocks(image.storage, walk, (values) => change(values, channel), data, channel * size);
  }
  const { strides, offset } = channelOrder(image, 0);
  return { data, strides: [size, ...strides], offset };
}

/** One line of voxels along x. */
export interface Row {
  readonly channel: number;
  readonly y: number;
  readonly z: number;
  /** Index of its first voxel in the samples. */
  readonly from: number;
  /** Index of its first voxel in samples that are stored x fastest, without gaps. */
  readonly to: number;
}

/**
 * Visits every line along x, in the order of voxels. The order is the same for every memory layout, which is what
 * callers that count voxels need.
 */
export function eachRow({ shape, strides, offset }: Strided, visit: (row: Row) => void): void {
  const [channels, nx, ny, nz] = [shape[0]!, shape[1]!, shape[2]!, shape[3] ?? 1];
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++, to += nx) {
        visit({ channel, y, z, to, from: offset + channel * strides[0]! + y * strides[2]! + z * (strides[3] ?? 0) });
      }
    }
  }
}

/**
 * New samples, x fastest: the values after `change` has modified them, one line along x at a time, in the order of
 * voxels.
 */
export function changeRows(
  image: Strided,
  change: (values: Float64Array, channel: number, row: Row) => void,
): Float32Array {
  const values = new Float64Array(image.shape[1]!);
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  eachRow(image, (row) => {
    readLine(image.storage, row.from, image.strides[1]!, values);
    change(values, row.channel, row);
    data.set(values, row.to);
  });
  return data;
}
