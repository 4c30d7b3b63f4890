/** How much the masks of classes overlap, and how far their edges are apart. */
import type { TypedArray } from "../samples.ts";
import type { Box } from "./boxes.ts";
import { boxesOfValues, maskInBox } from "./boxes.ts";
import type { BoxShape } from "./components.ts";
import { distanceTransform } from "./distance.ts";

/** Voxels of one class in each of two labels, and in both. */
export interface Overlap {
  readonly first: number;
  readonly second: number;
  readonly both: number;
}

/** The overlap of each class, of labels that hold indices of classes: one pass for all of them. */
export function classOverlaps(first: TypedArray, second: TypedArray, classes: readonly number[]): Overlap[] {
  const places = new Map(classes.map((value, place) => [value, place]));
  const counts = classes.map(() => ({ first: 0, second: 0, both: 0 }));
  for (let at = 0; at < first.length; ) {
    // Neighbors mostly have the same values.
    const [one, other] = [first[at]!, second[at]!];
    const begun = at++;
    while (at < first.length && first[at] === one && second[at] === other) at++;
    const [inFirst, inSecond] = [counts[places.get(one) ?? -1], counts[places.get(other) ?? -1]];
    if (inFirst) inFirst.first += at - begun;
    if (inSecond) inSecond.second += at - begun;
    if (inFirst && one === other) inFirst.both += at - begun;
  }
  return counts;
}

/** The overlap of two masks: voxels that are not 0. */
export function maskOverlap(first: Uint8Array, second: Uint8Array): Overlap {
  const counts = { first: 0, second: 0, both: 0 };
  for (let at = 0; at < first.length; at++) {
    if (first[at] !== 0) counts.first++;
    if (second[at] === 0) continue;
    counts.second++;
    if (first[at] !== 0) counts.both++;
  }
  return counts;
}

/** How far the edges of two masks are apart. */
export interface EdgeDistances {
  /** From each voxel of the first edge to the nearest one of the second, and the reverse; ascending. */
  readonly there: Float32Array;
  readonly back: Float32Array;
}

/**
 * Distances between the edges of two masks of 0 and 1; undefined if one of them has no voxel. An edge are the voxels of
 * which a neighbor along an axis is not in the mask; outside of the image there is nothing.
 *
 * @param isFlat whether the image is 2D
 * @param spacing distance between neighbors along each axis
 */
export function edgeDistances(
  first: Uint8Array,
  second: Uint8Array,
  shape: BoxShape,
  isFlat: boolean,
  spacing: readonly number[],
): EdgeDistances | undefined {
  const boxes = [first, second].map((mask) => boxesOfValues(mask, shape).get(1));
  const [one, other] = boxes;
  if (!one || !other) return undefined;
  // Edges are inside of the masks, so nothing outside of the box around both matters.
  const box = around(one, other);
  const [edge, otherEdge] = [first, second].map((mask) =>
    edgeOf(
      maskInBox(mask, shape, box, (value) => value !== 0),
      box.shape,
      isFlat,
    ),
  );
  return {
    there: distancesTo(otherEdge!, edge!, box.shape, spacing),
    back: distancesTo(edge!, otherEdge!, box.shape, spacing),
  };
}

/** A percentile of ascending values, interpolated linearly between ranks. */
export function percentileOfSorted(values: Float32Array, percent: number): number {
  const rank = (percent / 100) * (values.length - 1);
  const low = values[Math.floor(rank)]!;
  return low + (values[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
}

function around(one: Box, other: Box): Box {
  const low = (axis: number) => Math.min(one.start[axis]!, other.start[axis]!);
  const end = (axis: number) => Math.max(one.start[axis]! + one.shape[axis]!, other.start[axis]! + other.shape[axis]!);
  return {
    start: [low(0), low(1), low(2)],
    shape: [end(0) - low(0), end(1) - low(1), end(2) - low(2)],
  };
}

function edgeOf(mask: Uint8Array, [nx, ny, nz]: BoxShape, isFlat: boolean): Uint8Array {
  const edge = new Uint8Array(mask.length);
  const plane = nx * ny;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (mask[at] === 0) continue;
        const isInside =
          x > 0 &&
          x < nx - 1 &&
          y > 0 &&
          y < ny - 1 &&
          mask[at - 1]! + mask[at + 1]! + mask[at - nx]! + mask[at + nx]! === 4 &&
          (isFlat || (z > 0 && z < nz - 1 && mask[at - plane]! + mask[at + plane]! === 2));
        if (!isInside) edge[at] = 1;
      }
    }
  }
  return edge;
}

/** The distance to the nearest voxel of `target` from each one of `edge`, ascending. */
function distancesTo(target: Uint8Array, edge: Uint8Array, shape: BoxShape, spacing: readonly number[]): Float32Array {
  const distances = distanceTransform(
    target.map((value) => 1 - value),
    shape,
    spacing,
  );
  return distances.filter((_, at) => edge[at] !== 0).sort();
}
