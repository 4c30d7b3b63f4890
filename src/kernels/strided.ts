/** Images as kernels see them, and the two ways to write a new one: in the order of memory, or of voxels. */
import type { ReadonlySamples } from "../volume/samples.ts";
import { memoryOrder, type Walk } from "./walk.ts";

/** An image in any layout, channels first, of two or three spatial axes. A `Volume` is one. */
export interface Strided {
  readonly samples: ReadonlySamples;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** New samples without gaps, and how an image of the same shape lies in them. */
export interface Dense {
  readonly data: Float32Array;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Writes `change(value, channel)` of every value in the order of memory, which the result keeps (channels slowest). */
export function mapValues(image: Strided, change: (value: number, channel: number) => number): Dense {
  const [channels, spatial] = [image.shape[0]!, image.shape.slice(1)];
  const size = spatial.reduce((product, n) => product * n, 1);
  const data = new Float32Array(size * channels);
  const orderOf = (channel: number) =>
    memoryOrder(spatial, image.strides.slice(1), image.offset + channel * image.strides[0]!);
  for (let channel = 0; channel < channels; channel++) {
    mapWalk(image.samples, orderOf(channel).walk, (value) => change(value, channel), data, channel * size);
  }
  const { strides, offset } = orderOf(0);
  return { data, strides: [size, ...strides], offset };
}

function mapWalk(
  source: ReadonlySamples,
  { start, counts, steps }: Walk,
  change: (value: number) => number,
  target: Float32Array,
  at: number,
): void {
  let t = at;
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      let s = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; i++, s += steps[2]) target[t++] = change(source[s]!);
    }
  }
}

/** One line of voxels along x. */
export interface Row {
  readonly channel: number;
  readonly y: number;
  readonly z: number;
  /** Place of its first voxel among the samples. */
  readonly from: number;
  /** Place of its first voxel in samples that lie x fastest, without gaps. */
  readonly to: number;
}

/** Visits every line along x, in the order of voxels: the same for every layout, as what counts voxels needs it. */
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
