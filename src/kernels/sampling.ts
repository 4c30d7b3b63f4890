/** Converts positions along one axis of a resampled image to indices and weights. */

/** What is assumed outside an image: the nearest voxel, zeros, or the image mirrored at its edge. */
export type Padding = "border" | "zeros" | "reflection";

/**
 * The same, or `extent`: the nearest voxel up to the outer edges of the outermost voxels, half a voxel from their
 * centers, and zeros beyond. (`zeros` fades from those centers on.)
 */
export type Surroundings = Padding | "extent";

/** How one axis of the output maps to one axis of the input, both counted in voxels. */
export interface AxisMap {
  /** Size of the input and of the output. */
  readonly from: number;
  readonly to: number;
  /** Input position of output voxel j: `scale * j + shift`. */
  readonly scale: number;
  readonly shift: number;
}

/** For each output voxel, two input voxels and their weights. A voxel outside the image has weight 0. */
export interface LinearTaps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Float64Array;
  readonly secondWeight: Float64Array;
  /** Whether the output equals the input, so that there is nothing to compute. */
  readonly identity: boolean;
}

/**
 * Positions this close to halfway between two voxels count as halfway, so that rounding noise does not decide a tie.
 */
const tieTolerance = 1e-6;
const identityTolerance = 1e-7;

/** A voxel center this close to the outer edge of an image, in voxels, counts as inside. */
export const edgeTolerance = 1e-3;

/** Weights up to this are the rounding noise of a position: that voxel contributes nothing. */
const noWeight = 1e-9;

/** With `extent`, stands for all positions outside: none of its neighbors is a voxel. */
const nowhere = -2;

/** Whether the axis stays the same. */
export function isIdentity({ from, to, scale, shift }: AxisMap): boolean {
  return from === to && Math.abs(shift) < identityTolerance && Math.abs(scale - 1) * to < identityTolerance;
}

/** Indices and weights for linear interpolation along an axis. */
export function linearTaps(axis: AxisMap, padding: Surroundings, alignCorners: boolean): LinearTaps {
  const { from, to, scale, shift } = axis;
  const positions = Float64Array.from({ length: to }, (_, j) => scale * j + shift);
  return { ...linearTapsAt(positions, from, padding, alignCorners), identity: isIdentity(axis) };
}

/** Indices and weights for linear interpolation along an axis of `from` voxels, at any positions. */
export function linearTapsAt(
  positions: Float64Array,
  from: number,
  padding: Surroundings,
  alignCorners: boolean,
): LinearTaps {
  const to = positions.length;
  const [first, second] = [new Int32Array(to), new Int32Array(to)];
  const [firstWeight, secondWeight] = [new Float64Array(to), new Float64Array(to)];
  const last = from - 1;
  for (let j = 0; j < to; j++) {
    const position = foldPosition(positions[j]!, from, padding, alignCorners);
    const below = floorOf(position);
    const weight = fractionOf(position, below);
    first[j] = Math.min(Math.max(below, 0), last);
    second[j] = Math.min(Math.max(below + 1, 0), last);
    firstWeight[j] = below >= 0 && below <= last ? 1 - weight : 0;
    secondWeight[j] = below >= -1 && below < last ? weight : 0;
  }
  const identity = from === to && positions.every((position, j) => position === j);
  return { first, second, firstWeight, secondWeight, identity };
}

/** The voxel at or below a position. A position just below a voxel, within rounding noise, counts as at it. */
export function floorOf(position: number): number {
  return Math.floor(position + noWeight);
}

/** How far a position is above `floorOf(position)`; 0 within rounding noise. */
export function fractionOf(position: number, floor: number): number {
  const fraction = position - floor;
  return fraction > noWeight ? fraction : 0;
}

/** The nearest input voxel for each output voxel, ties to even; -1 where the output is zero. */
export function nearestTaps(
  { from, to, scale, shift }: AxisMap,
  padding: Surroundings,
  alignCorners: boolean,
): Int32Array {
  const indices = new Int32Array(to);
  for (let j = 0; j < to; j++) indices[j] = nearestIndex(scale * j + shift, from, padding, alignCorners);
  return indices;
}

/** The voxel nearest to a position, ties to even; -1 outside the image with `zeros` padding. */
export function nearestIndex(position: number, length: number, padding: Surroundings, alignCorners: boolean): number {
  const index = roundHalfToEven(foldPosition(position, length, padding, alignCorners));
  return index < 0 || index >= length ? -1 : index;
}

/** Rounds to the nearest integer. Values that are halfway, within rounding noise, become the even one. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const above = value - below;
  if (Math.abs(above - 0.5) < tieTolerance) return below % 2 === 0 ? below : below + 1;
  return above < 0.5 ? below : below + 1;
}

/**
 * Maps any position to the one whose value it gets. With `border`, it is the nearest position inside the image; with
 * `reflection`, the one mirrored at the outer edges of the image (with `alignCorners`, at the centers of its outermost
 * voxels); with `zeros`, the position itself; with `extent`, as with `border`, or far from all voxels if it is outside.
 */
export function foldPosition(position: number, length: number, padding: Surroundings, alignCorners: boolean): number {
  if (padding === "zeros") return position;
  if (padding === "extent" && !(position >= -0.5 - edgeTolerance && position <= length - 0.5 + edgeTolerance)) {
    return nowhere;
  }
  const folded = padding === "reflection" ? reflect(position, length, alignCorners) : position;
  return Math.min(Math.max(folded, 0), length - 1);
}

function reflect(position: number, length: number, alignCorners: boolean): number {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? length - 1 : length;
  if (span === 0) return 0;
  const distance = Math.abs(position - low);
  if (distance < span) return low + distance;
  // Exact, as the remainder is, which takes many times as long.
  if (distance < 2 * span) return low + (span - (distance - span));
  const rest = distance % span;
  return low + (Math.floor(distance / span) % 2 === 0 ? rest : span - rest);
}
