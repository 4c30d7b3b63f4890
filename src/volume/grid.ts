/** Grids: the positions of the voxels of a resampled image. The conventions are those of MONAI's `Spacing` (1.5). */
import { FormatError } from "../errors.ts";
import { roundHalfToEven } from "../kernels/sampling.ts";
import {
  type Affine,
  type AffineLike,
  affineSpacing,
  applyAffine,
  identityAffine,
  invertAffine,
  multiplyAffine,
} from "./affine-matrix.ts";

/** A lattice of voxels in the world. */
export interface Grid {
  /** Size along each spatial axis, in voxels. */
  readonly shape: readonly number[];
  /** Voxel index to RAS+ mm, 16 numbers, row-major. */
  readonly affine: Affine;
}

/** Options of {@link spacedGrid}. */
export interface SpacedGridOptions {
  /** Align the axes with the world's: the affine becomes diagonal. */
  readonly diagonal: boolean;
  /** Keep the extent from edge to edge of the image rather than from center to center of its outermost voxels. */
  readonly scaleExtent: boolean;
}

/** A corner counts as the lowest on an axis if it is within this many voxels of the lowest one. */
const cornerTolerance = 1e-8;

/** Bounds within which a voxel size is kept. */
export interface SpacingBounds {
  /** Per axis, in mm. Default: the target size. */
  readonly min?: readonly (number | null)[];
  readonly max?: readonly (number | null)[];
  /** In mm. */
  readonly tolerance: number;
}

/**
 * The voxel size to resample to. If `pixdim` is shorter than the rank, its last value is used for the rest; a value
 * that is not positive keeps the current size. A current size between the lower of `min` and target and the higher of
 * `max` and target is kept.
 */
export function targetSpacing(current: readonly number[], pixdim: readonly number[], bounds: SpacingBounds): number[] {
  const { min = [], max = [], tolerance } = bounds;
  return current.map((size, axis) => {
    const requested = pixdim[Math.min(axis, pixdim.length - 1)] ?? size;
    const target = requested > 0 ? requested : size || 1;
    const low = Math.min(min[axis] ?? target, target) - tolerance;
    const high = Math.max(max[axis] ?? target, target) + tolerance;
    return size >= low && size <= high ? size : target;
  });
}

/**
 * The grid that covers the image `source` with voxels of `spacing` mm. It keeps the directions of the axes, made
 * orthogonal (the rotation of a QR decomposition of the affine, which equals the result of MONAI's Cholesky factor: a
 * shear is dropped), or aligns them with the world's if `diagonal`.
 *
 * The shape is the image's extent in new voxels, rounded half to even. The first voxel is at the image's corner that is
 * lowest on all new axes. If there is no such corner, voxel n/2 of both grids is at the same position (n is the size,
 * so this is the voxel after the middle, as in MONAI).
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` when the affine is not invertible
 */
export function spacedGrid(source: Grid, spacing: readonly number[], options: SpacedGridOptions): Grid {
  const { diagonal, scaleExtent } = options;
  const rank = source.shape.length;
  const input = withThirdAxis(source.affine, rank);
  const affine = diagonal ? diagonalAffine(spacing) : scaledRotation(input, spacing);
  const inverse = invertAffine(affine);
  if (!inverse || !invertAffine(input)) throw badAffine(source.affine);
  if (rank === 2 && diagonal && Math.abs(input[10]!) < 1e-3) {
    throw new FormatError("VOXRX_BAD_AFFINE", "a 2D image whose plane contains the z axis has no diagonal affine", {
      remedy: "Resample it with diagonal: false.",
    });
  }
  const corners = cornersOf(source.shape, scaleExtent);
  const placed = corners.map((corner) => applyAffine(inverse, applyAffine(input, corner)));
  const shape = source.shape.map((_, axis) => {
    const along = placed.map((corner) => corner[axis]!);
    const extent = Math.max(...along) - Math.min(...along);
    return Math.max(1, roundHalfToEven(scaleExtent ? extent : extent + 1));
  });
  const origin = originOf(source.shape, input, shape, affine, corners, placed);
  if (scaleExtent) rescaleOrigin(origin, source.shape, input, shape);
  for (const row of [0, 1, 2]) affine[row * 4 + 3] = origin[row]!;
  if (rank === 2) for (const at of [2, 6, 10]) affine[at] = source.affine[at]!;
  return { shape, affine };
}

/**
 * The map from voxel indices of `target` to positions in `source`, in voxels.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` when the source's affine is not invertible
 */
export function indexMap(source: Grid, target: Grid): Affine {
  const rank = source.shape.length;
  const inverse = invertAffine(withThirdAxis(source.affine, rank));
  if (!inverse) throw badAffine(source.affine);
  return multiplyAffine(inverse, withThirdAxis(target.affine, rank));
}

/**
 * The size of a grid with the voxels of `affine` that spans the image `source` from corner to corner, between the
 * centers of its outermost voxels; rounded half to even (MONAI: `compute_shape_offset`). The grid's origin is ignored.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` when `affine` is not invertible
 */
export function spanningShape(source: Grid, affine: AffineLike): number[] {
  const rank = source.shape.length;
  const inverse = invertAffine(withThirdAxis(affine, rank));
  if (!inverse) throw badAffine(affine);
  const toGrid = multiplyAffine(inverse, withThirdAxis(source.affine, rank));
  const placed = cornersOf(source.shape, false).map((corner) => applyAffine(toGrid, corner));
  return source.shape.map((_, axis) => {
    const along = placed.map((corner) => corner[axis]!);
    return roundHalfToEven(Math.max(...along) - Math.min(...along) + 1);
  });
}

/**
 * The maximum distance between the positions of the same voxel in two grids of equal shape, in voxels of `first`;
 * infinite if the shapes differ.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` when the affine of `first` is not invertible
 */
export function gridDistance(first: Grid, other: Grid): number {
  if (first.shape.some((n, axis) => n !== other.shape[axis])) return Number.POSITIVE_INFINITY;
  const map = indexMap(first, other);
  const apart = cornersOf(first.shape, false).map((corner) => {
    const [x, y, z] = applyAffine(map, corner);
    return Math.max(...[x, y, z].slice(0, corner.length).map((at, axis) => Math.abs(at - corner[axis]!)));
  });
  return Math.max(...apart);
}

/** The affine of the same field of view divided into `shape` voxels instead of `before`. */
export function rescaledAffine(affine: AffineLike, before: readonly number[], shape: readonly number[]): Affine {
  const scale = identityAffine();
  for (const [axis, n] of before.entries()) {
    const factor = n / shape[axis]!;
    scale[axis * 5] = factor;
    scale[axis * 4 + 3] = (factor - 1) / 2;
  }
  return multiplyAffine(affine, scale);
}

/** A 2D image's affine with a third column perpendicular to the plane, so that it can be inverted. */
function withThirdAxis(affine: AffineLike, rank: number): Affine {
  const full = Float64Array.from(affine);
  if (rank === 3) return full;
  const [a, b] = [column(full, 0), column(full, 1)];
  const across = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const norm = Math.hypot(...across);
  for (const row of [0, 1, 2]) full[row * 4 + 2] = norm > 0 ? across[row]! / norm : 0;
  return full;
}

function column(affine: AffineLike, axis: number): [number, number, number] {
  return [affine[axis]!, affine[4 + axis]!, affine[8 + axis]!];
}

function diagonalAffine(spacing: readonly number[]): Affine {
  const affine = identityAffine();
  for (const [axis, size] of spacing.entries()) affine[axis * 5] = size;
  return affine;
}

/** The affine with its columns made orthogonal one after the other (Gram and Schmidt) and of length `spacing`. */
function scaledRotation(affine: Affine, spacing: readonly number[]): Affine {
  const rotation = Float64Array.from(affine);
  for (let axis = 0; axis < 3; axis++) {
    const direction = column(affine, axis);
    for (let earlier = 0; earlier < axis; earlier++) {
      const unit = column(rotation, earlier);
      const along = direction[0] * unit[0] + direction[1] * unit[1] + direction[2] * unit[2];
      for (const row of [0, 1, 2] as const) direction[row] -= along * unit[row];
    }
    const norm = Math.hypot(...direction);
    for (const row of [0, 1, 2] as const) rotation[row * 4 + axis] = norm > 0 ? direction[row] / norm : 0;
  }
  for (const [axis, size] of spacing.entries()) for (const row of [0, 4, 8]) rotation[row + axis]! *= size;
  for (const row of [3, 7, 11]) rotation[row] = 0;
  return rotation;
}

function cornersOf(shape: readonly number[], edges: boolean): number[][] {
  const [low, beyond] = edges ? [-0.5, 0.5] : [0, 1];
  let corners: number[][] = [[]];
  for (const n of shape)
    corners = corners.flatMap((corner) => [
      [...corner, low],
      [...corner, n - beyond],
    ]);
  return corners;
}

function originOf(
  before: readonly number[],
  input: Affine,
  shape: readonly number[],
  output: Affine,
  corners: readonly number[][],
  placed: readonly number[][],
): [number, number, number] {
  const lowest = shape.map((_, axis) => Math.min(...placed.map((corner) => corner[axis]!)));
  const found = placed.findIndex((corner) => lowest.every((low, axis) => corner[axis]! - low <= cornerTolerance));
  if (found >= 0) return applyAffine(input, corners[found]!);
  const center = (sizes: readonly number[]) => sizes.map((n) => n / 2);
  const [from, to] = [applyAffine(input, center(before)), applyAffine(output, center(shape))];
  return [from[0] - to[0], from[1] - to[1], from[2] - to[2]];
}

/**
 * MONAI's rule for `scale_extent`: the position of the first new voxel, with the signs of the corner that was found.
 */
function rescaleOrigin(
  origin: [number, number, number],
  before: readonly number[],
  input: Affine,
  shape: readonly number[],
): void {
  const first = applyAffine(
    input,
    before.map((n, axis) => (n / shape[axis]! - 1) / 2),
  );
  for (const row of [0, 1, 2] as const) origin[row] = Math.abs(first[row]) * Math.sign(origin[row]);
}

function badAffine(affine: AffineLike): FormatError {
  const sizes = affineSpacing(affine, 3).map((size) => size.toPrecision(4));
  return new FormatError("VOXRX_BAD_AFFINE", `the affine, with columns of ${sizes.join(" x ")} mm, is not invertible`, {
    remedy: "Give the image a valid affine with withAffine() before resampling it.",
  });
}
