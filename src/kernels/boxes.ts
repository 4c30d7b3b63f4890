/** Boxes around the values of labels: an algorithm that works on one value only has to look inside its box. */
import type { TypedArray } from "../samples.ts";
import type { BoxShape } from "./components.ts";
import type { Strided } from "./strided.ts";

/** A box of voxels: `[x, y, z]` of its first corner, and its size. */
export interface Box {
  readonly start: BoxShape;
  readonly shape: BoxShape;
}

/** The smallest box around each value of one channel, except 0 and NaN, by ascending value. */
export function boxesOfValues(samples: TypedArray, [nx, ny, nz]: BoxShape): Map<number, Box> {
  const found = new Map<number, Corners>();
  for (let z = 0, row = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, row += nx) {
      for (let x = 0; x < nx; ) {
        const own = samples[row + x]!;
        const start = x++;
        if (own === 0 || Number.isNaN(own)) continue;
        while (x < nx && samples[row + x] === own) x++;
        const corners = found.get(own);
        if (corners) corners.include(start, x, y, z);
        else found.set(own, new Corners(start, x, y, z));
      }
    }
  }
  return new Map([...found].sort(([a], [b]) => a - b).map(([value, corners]) => [value, corners.box]));
}

/** The smallest box around the voxels above `threshold` in any of the given channels; undefined if there are none. */
export function boxAbove(image: Strided, threshold: number, channels: readonly number[]): Box | undefined {
  const { storage, shape, strides, offset } = image;
  const [nx, ny, nz] = [shape[1]!, shape[2]!, shape[3] ?? 1];
  const [sx, sy, sz] = [strides[1]!, strides[2]!, strides[3] ?? 0];
  let corners: Corners | undefined;
  for (const channel of channels) {
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        const row = offset + channel * strides[0]! + y * sy + z * sz;
        let first = 0;
        while (first < nx && !(storage[row + first * sx]! > threshold)) first++;
        if (first === nx) continue;
        let last = nx - 1;
        while (!(storage[row + last * sx]! > threshold)) last--;
        if (corners) corners.include(first, last + 1, y, z);
        else corners = new Corners(first, last + 1, y, z);
      }
    }
  }
  return corners?.box;
}

/** A box that grows as runs of voxels are added. */
class Corners {
  #low: [number, number, number];
  #high: [number, number, number];

  constructor(from: number, to: number, y: number, z: number) {
    this.#low = [from, y, z];
    this.#high = [to, y + 1, z + 1];
  }

  include(from: number, to: number, y: number, z: number): void {
    const [low, high] = [this.#low, this.#high];
    if (from < low[0]) low[0] = from;
    if (to > high[0]) high[0] = to;
    if (y < low[1]) low[1] = y;
    if (y >= high[1]) high[1] = y + 1;
    if (z < low[2]) low[2] = z;
    if (z >= high[2]) high[2] = z + 1;
  }

  get box(): Box {
    const [[x, y, z], [endX, endY, endZ]] = [this.#low, this.#high];
    return { start: [x, y, z], shape: [endX - x, endY - y, endZ - z] };
  }
}

/** The box with one more voxel on each side, cut to the image. */
export function widened({ start, shape }: Box, image: BoxShape): Box {
  const [x, y, z] = [0, 1, 2].map((axis) => Math.max(start[axis]! - 1, 0));
  const [nx, ny, nz] = [x!, y!, z!].map((from, axis) => Math.min(start[axis]! + shape[axis]! + 1, image[axis]!) - from);
  return { start: [x!, y!, z!], shape: [nx!, ny!, nz!] };
}

/** A mask of the voxels of a box: 1 where `counts` is true for the value. */
export function maskInBox(
  samples: TypedArray,
  image: BoxShape,
  { start, shape }: Box,
  counts: (value: number) => boolean,
): Uint8Array {
  const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  eachRowOf(image, { start, shape }, (at, to) => {
    for (let x = 0; x < shape[0]; x++) if (counts(samples[at + x]!)) mask[to + x] = 1;
  });
  return mask;
}

/** Calls `work` for each row of a box, with the index of its first voxel in the image and in the box. */
export function eachRowOf([nx, ny]: BoxShape, { start, shape }: Box, work: (at: number, to: number) => void): void {
  for (let z = 0, to = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++, to += shape[0]) work(start[0] + nx * (start[1] + y + ny * (start[2] + z)), to);
  }
}
