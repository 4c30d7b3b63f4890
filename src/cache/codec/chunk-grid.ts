/** How the samples of a volume are cut into chunks, so that a part of it can be read alone. */
import type { SampleBox } from "../../volume/unread.ts";

/** Which volumes are cut, and how. Tests cut small ones. */
export const chunking = {
  /** Volumes from this size on, in bytes. */
  leastBytes: 2 ** 18,
  /** Voxels of a chunk of a 3D image, about: 128 KiB of float32. */
  voxels: 2 ** 15,
  /** Longest side of it along the last axis, in which it is long: a crop is then copied in rows. */
  longestRow: 256,
  /** The same of a 2D image: 64 KiB. */
  longestSideInPlane: 128,
};

/**
 * The chunks of a shape `[channels, x, y, z]` or `[channels, x, y]`. A chunk has one channel, or several of a small image;
 * the last ones are smaller.
 */
export interface ChunkGrid {
  readonly shape: readonly number[];
  /** Size of a chunk along each axis. */
  readonly sides: readonly number[];
  /** Number of chunks along each axis. */
  readonly counts: readonly number[];
}

/** The grid whose chunks are as equal as possible. */
export function chunkGridOf(shape: readonly number[]): ChunkGrid {
  const [channels = 1, ...spatial] = shape;
  const longest = spatial.length === 2 ? chunking.longestSideInPlane : chunking.longestRow;
  const row = equalParts(spatial.at(-1) ?? 1, longest);
  const across = spatial.length === 2 ? longest : Math.floor(Math.sqrt(chunking.voxels / row));
  const sides = spatial.map((n, axis) => (axis === spatial.length - 1 ? row : equalParts(n, across)));
  const voxels = sides.reduce((product, side) => product * side, 1);
  const most = spatial.length === 2 ? longest ** 2 : chunking.voxels;
  const together = Math.max(1, Math.min(channels, Math.floor(most / voxels)));
  return gridWith(shape, [together, ...sides]);
}

/** The length of the parts, at most `longest`, that a length is cut into. */
function equalParts(length: number, longest: number): number {
  return Math.max(1, Math.ceil(length / Math.max(1, Math.ceil(length / longest))));
}

/** The grid of chunks of given sides. */
export function gridWith(shape: readonly number[], sides: readonly number[]): ChunkGrid {
  return { shape, sides, counts: shape.map((n, axis) => Math.ceil(n / (sides[axis] ?? 1))) };
}

/** The number of chunks. */
export function chunkCount({ counts }: ChunkGrid): number {
  return counts.reduce((product, n) => product * n, 1);
}

/** The chunks that have voxels of a box, each with its number and its own box. The last axis runs fastest. */
export function* chunksWithin(grid: ChunkGrid, { start, end }: SampleBox): Generator<SampleBox & { n: number }> {
  const { shape, sides, counts } = grid;
  if (start.some((from, axis) => from >= (end[axis] ?? 0))) return;
  const first = start.map((from, axis) => Math.floor(from / (sides[axis] ?? 1)));
  const last = end.map((to, axis) => Math.floor((to - 1) / (sides[axis] ?? 1)));
  const at = [...first];
  for (;;) {
    const from = at.map((place, axis) => place * (sides[axis] ?? 1));
    const to = from.map((low, axis) => Math.min(low + (sides[axis] ?? 1), shape[axis] ?? 0));
    yield { n: at.reduce((number, place, axis) => number * (counts[axis] ?? 1) + place, 0), start: from, end: to };
    let axis = at.length - 1;
    while (axis >= 0 && at[axis] === last[axis]) at[axis] = first[axis--] ?? 0;
    if (axis < 0) return;
    at[axis] = (at[axis] ?? 0) + 1;
  }
}
