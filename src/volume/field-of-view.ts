/** What of an image a network has seen, after transforms that left parts of it out. */
import { type Affine, applyAffine } from "./affine-matrix.ts";
import { type Grid, indexMap } from "./grid.ts";
import type { Region } from "./region.ts";
import type { Volume } from "./volume.ts";

/** Positions are compared to a thousandth of a voxel. */
const tolerance = 1e-3;

/**
 * Whether a transform from one grid to another was a crop: along the axes, and voxels of the first have their centers
 * outside the outer edges of the second. Turns and shears lose corners too, but those are not asked for.
 */
export function isCropOf(before: Grid, after: Grid): boolean {
  return isAlongAxes(indexMap(after, before)) && !keepsAllOf(before, after);
}

function isAlongAxes(map: Affine): boolean {
  return [0, 1, 2].every((row) => {
    const sizes = [0, 1, 2].map((column) => Math.abs(map[row * 4 + column] ?? 0)).sort((a, b) => a - b);
    const [, middle = 0, large = 0] = sizes;
    return middle <= 1e-6 * large;
  });
}

/** Whether the centers of all voxels of one grid are inside the outer edges of another. */
function keepsAllOf(before: Grid, after: Grid): boolean {
  const map = indexMap(after, before);
  return [0, 1, 2, 3, 4, 5, 6, 7].every((corner) => {
    const index = [0, 1, 2].map((axis) => ((corner >> axis) & 1) * ((before.shape[axis] ?? 1) - 1));
    const position = applyAffine(map, index);
    return after.shape.every((n, axis) => isWithin(position[axis] ?? 0, n));
  });
}

/**
 * The box of an image's voxels that are voxels of a grid too. Undefined if the voxels of the two do not coincide, and if
 * there is none in both.
 */
export function sharedBox(volume: Volume, grid: Grid): Region | undefined {
  const shape = volume.spatialShape;
  if (grid.shape.length !== shape.length) return undefined;
  const map = indexMap({ shape, affine: volume.affine }, grid);
  if (!isWholeTurn(map)) return undefined;
  const first = applyAffine(map, [0, 0, 0]);
  const last = applyAffine(
    map,
    [0, 1, 2].map((axis) => (grid.shape[axis] ?? 1) - 1),
  );
  const low = shape.map((_, axis) => Math.round(Math.min(first[axis] ?? 0, last[axis] ?? 0)));
  const high = shape.map((_, axis) => Math.round(Math.max(first[axis] ?? 0, last[axis] ?? 0)));
  const start = low.map((from) => Math.max(from, 0));
  const end = high.map((to, axis) => Math.min(to + 1, shape[axis] ?? 1));
  return start.every((from, axis) => from < (end[axis] ?? 0)) ? { start, end } : undefined;
}

/** Whether a map only flips axes, permutes them and moves by whole voxels. */
function isWholeTurn(map: Affine): boolean {
  const rows = [0, 1, 2].map((row) => Math.hypot(...[0, 1, 2].map((column) => map[row * 4 + column] ?? 0)));
  const offsets = [3, 7, 11].map((at) => map[at] ?? 0);
  const areWhole = offsets.every((offset) => Math.abs(offset - Math.round(offset)) < tolerance);
  return areWhole && isAlongAxes(map) && rows.every((size) => Math.abs(size - 1) < 1e-6);
}

/** The image with 0 for every voxel whose center is outside the outer edges of a grid. */
export function clearOutside(volume: Volume, grid: Grid): Volume {
  const shape = volume.spatialShape;
  const own = { shape, affine: volume.affine };
  if (grid.shape.length !== shape.length || keepsAllOf(own, grid)) return volume;
  const map = indexMap(grid, own);
  const result = volume.share();
  const data = result.data;
  const [along = 1] = shape.slice(-1);
  const rows = shape.slice(0, -1);
  const rowCount = rows.reduce((product, n) => product * n, 1);
  for (let row = 0; row < rowCount; row++) {
    const index = shape.length === 2 ? [row] : [Math.floor(row / (rows[1] ?? 1)), row % (rows[1] ?? 1)];
    const [from, to] = inside(map, index, along, grid);
    for (let channel = 0; channel < volume.channels; channel++) {
      const start = (channel * rowCount + row) * along;
      data.fill(0, start, start + from);
      data.fill(0, start + to, start + along);
    }
  }
  return result;
}

function isWithin(position: number, length: number): boolean {
  return position >= -0.5 - tolerance && position <= length - 0.5 + tolerance;
}

/** The voxels of a row along the last axis that are inside a grid: from the first up to, but not including, the second. */
function inside(map: Affine, index: readonly number[], along: number, grid: Grid): [from: number, to: number] {
  const [start, next] = [0, 1].map((last) => applyAffine(map, [...index, last, 0].slice(0, 3)));
  let [from, to] = [0, along - 1];
  for (const [axis, n] of grid.shape.entries()) {
    const at = start?.[axis] ?? 0;
    const step = (next?.[axis] ?? 0) - at;
    if (Math.abs(step) < 1e-9) {
      if (!isWithin(at, n)) return [0, 0];
      continue;
    }
    const ends = [(-0.5 - tolerance - at) / step, (n - 0.5 + tolerance - at) / step];
    from = Math.max(from, Math.ceil(Math.min(...ends)));
    to = Math.min(to, Math.floor(Math.max(...ends)));
  }
  return from > to ? [0, 0] : [from, to + 1];
}
