/** Exact Euclidean distances (Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions"). */
import { boxesOfValues, eachRowOf, maskInBox, widened } from "./boxes.ts";
import type { BoxShape } from "./components.ts";
import { throwIfStopped } from "./stop.ts";

/**
 * The distance from every voxel that is not 0 to the nearest voxel of 0, and 0 for those. All distances are infinite if
 * the image has no voxel of 0.
 *
 * @param mask of 0 and 1
 * @param spacing distance between neighbors along each axis
 */
export function distanceTransform(mask: Uint8Array, shape: BoxShape, spacing: readonly number[]): Float32Array {
  const distances = new Float32Array(mask.length);
  const box = boxesOfValues(mask, shape).get(1);
  if (!box) return distances;
  // The nearest 0 is never outside the one-voxel layer around what is not 0: a 0 further out is further away than the
  // one in that layer.
  const inside = widened(box, shape);
  const within = distancesIn(
    maskInBox(mask, shape, inside, (one) => one !== 0),
    inside.shape,
    spacing,
  );
  eachRowOf(shape, inside, (at, to) => distances.set(within.subarray(to, to + inside.shape[0]), at));
  return distances;
}

function distancesIn(mask: Uint8Array, shape: BoxShape, spacing: readonly number[]): Float32Array {
  const [nx, ny, nz] = shape;
  const squared = alongX(mask, nx, spacing[0] ?? 1);
  const work = new Lines(Math.max(ny, nz));
  if (ny > 1) {
    for (let z = 0; z < nz; z++) {
      throwIfStopped();
      work.pass(squared, z * nx * ny, nx, nx, ny, (spacing[1] ?? 1) ** 2);
    }
  }
  if (nz > 1) work.pass(squared, 0, nx * ny, nx * ny, nz, (spacing[2] ?? 1) ** 2);
  const distances = new Float32Array(mask.length);
  for (let at = 0; at < distances.length; at++) distances[at] = Math.sqrt(squared[at]!);
  return distances;
}

/** Squared distances within each row, in one pass in each direction. */
function alongX(mask: Uint8Array, nx: number, step: number): Float64Array {
  const squared = new Float64Array(mask.length);
  const unit = step * step;
  for (let row = 0; row < mask.length; row += nx) {
    let away = Number.POSITIVE_INFINITY;
    for (let x = row; x < row + nx; x++) {
      away = mask[x] === 0 ? 0 : away + 1;
      squared[x] = away;
    }
    away = Number.POSITIVE_INFINITY;
    for (let x = row + nx - 1; x >= row; x--) {
      away = mask[x] === 0 ? 0 : away + 1;
      const least = Math.min(away, squared[x]!);
      squared[x] = least * least * unit;
    }
  }
  return squared;
}

// Lines that are adjacent in memory are processed together, or every cache line would be fetched for each of them.
const linesAtOnce = 16;

/** Computes the lower envelope of parabolas, one rooted at every sample of a line. */
class Lines {
  readonly #lines: Float64Array;
  readonly #places: Int32Array;
  readonly #ends: Float64Array;

  constructor(longest: number) {
    this.#lines = new Float64Array(linesAtOnce * longest);
    this.#places = new Int32Array(longest);
    this.#ends = new Float64Array(longest + 1);
  }

  /**
   * Processes `count` lines of `n` samples that are `step` apart. The lines begin at `from` and the samples after it.
   */
  pass(values: Float64Array, from: number, count: number, step: number, n: number, unit: number): void {
    const lines = this.#lines;
    for (let first = 0; first < count; first += linesAtOnce) {
      const width = Math.min(linesAtOnce, count - first);
      for (let i = 0; i < n; i++) {
        const at = from + first + i * step;
        for (let line = 0; line < width; line++) lines[line * n + i] = values[at + line]!;
      }
      for (let line = 0; line < width; line++) this.#along(values, from + first + line, step, line * n, n, unit);
    }
  }

  #along(values: Float64Array, at: number, step: number, line: number, n: number, unit: number): void {
    const [heights, places, ends] = [this.#lines, this.#places, this.#ends];
    let last = -1;
    for (let i = 0; i < n; i++) {
      const height = heights[line + i]!;
      if (height === Number.POSITIVE_INFINITY) continue;
      let meets = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const other = places[last]!;
        meets = ((height - heights[line + other]!) / unit + i * i - other * other) / (2 * (i - other));
        if (meets > ends[last]!) break;
        last--;
      }
      last++;
      places[last] = i;
      ends[last] = last === 0 ? Number.NEGATIVE_INFINITY : meets;
    }
    if (last < 0) return;
    ends[last + 1] = Number.POSITIVE_INFINITY;
    for (let i = 0, k = 0; i < n; i++) {
      while (ends[k + 1]! < i) k++;
      const away = i - places[k]!;
      values[at + i * step] = away * away * unit + heights[line + places[k]!]!;
    }
  }
}
