/**
 * Maps between voxels, built from angles, shears, shifts and scales. Matrices and their order are those of MONAI's
 * `AffineGrid`.
 */
import { FormatError } from "../errors.ts";
import { type Affine, identityAffine, invertAffine, multiplyAffine } from "./affine-matrix.ts";
import { resampleByMap } from "./resample-by-map.ts";
import type { ResampleOptions } from "./resample-options.ts";
import { resample } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/**
 * Parameters of a map. Entries missing from a list are neutral; entries for axes that an image does not have are
 * ignored.
 */
export interface AffineParams {
  /** Angles around x, y and z, in radians; in 2D one. */
  readonly rotateParams: readonly number[];
  /** Shear factors: in 2D two (x by y, y by x), in 3D six (x by y, x by z, y by x, y by z, z by x, z by y). */
  readonly shearParams: readonly number[];
  /** Shift along each axis, in voxels. */
  readonly translateParams: readonly number[];
  /** Factor along each axis. */
  readonly scaleParams: readonly number[];
}

/** Parameters of the map that changes nothing. */
export const neutralParams: AffineParams = { rotateParams: [], shearParams: [], translateParams: [], scaleParams: [] };

/** The rotation around x after that around y after that around z; in 2D in the plane, by the first angle. */
export function rotation(angles: readonly number[], rank: number): Affine {
  if (rank === 2) return turn(0, 1, angles[0] ?? 0);
  const [x, y, z] = [turn(1, 2, angles[0] ?? 0), turn(2, 0, angles[1] ?? 0), turn(0, 1, angles[2] ?? 0)];
  return multiplyAffine(multiplyAffine(x, y), z);
}

/** The whole map around the origin: scales first, then shifts, then shears, and rotations last. */
export function composedMap(params: AffineParams, rank: number): Affine {
  const sheared = multiplyAffine(rotation(params.rotateParams, rank), shear(params.shearParams, rank));
  const [shift, scale] = [identityAffine(), identityAffine()];
  for (let axis = 0; axis < rank; axis++) {
    shift[axis * 4 + 3] = params.translateParams[axis] ?? 0;
    scale[axis * 5] = params.scaleParams[axis] ?? 1;
  }
  return multiplyAffine(multiplyAffine(sheared, shift), scale);
}

/** A 3x3 or 4x4 matrix, row by row, as the map of an image of `rank` axes (MONAI: `to_affine_nd`). */
export function mapOfRows(rows: readonly (readonly number[])[], rank: number): Affine {
  const map = identityAffine();
  const last = rows.length - 1;
  const axes = Math.min(rank, last);
  for (let row = 0; row < axes; row++) {
    for (let column = 0; column < axes; column++) map[row * 4 + column] = rows[row]![column]!;
    map[row * 4 + 3] = rows[row]![last]!;
  }
  return map;
}

/**
 * Converts a map around the origin to one between voxel indices, with the centers of both images at the origin. With
 * `alignCorners`, as for torch's grids, a span of n - 1 voxels is treated as n.
 */
export function aroundCenter(
  map: Affine,
  from: readonly number[],
  to: readonly number[],
  alignCorners = false,
): Affine {
  const [before, after] = [identityAffine(), identityAffine()];
  for (const [axis, n] of to.entries()) {
    const stretch = alignCorners ? Math.max(n, 2) / (Math.max(n, 2) - 1) : 1;
    before[axis * 5] = stretch;
    before[axis * 4 + 3] = (-(n - 1) / 2) * stretch;
  }
  for (const [axis, n] of from.entries()) {
    after[axis * 5] = alignCorners ? (Math.max(n, 2) - 1) / Math.max(n, 2) : 1;
    after[axis * 4 + 3] = (n - 1) / 2;
  }
  return multiplyAffine(after, multiplyAffine(map, before));
}

/**
 * Returns the image resampled through a map from voxels of the result to positions in the image. The affine is updated,
 * so that the content keeps its place in the world. Here, `alignCorners` only makes `reflection` mirror at the
 * outermost voxels' centers.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` for a map without an inverse, `VOXRX_BAD_VOLUME`; PipelineError
 *   `VOXRX_TOO_LARGE`
 */
export function resampleThrough(
  volume: Volume,
  map: Affine,
  shape: readonly number[],
  options: ResampleOptions,
): Volume {
  if (!invertAffine(map)) {
    throw new FormatError("VOXRX_BAD_AFFINE", `the map [${Array.from(map)}] between voxels has no inverse`, {
      remedy: "Choose scales that are not 0 and shears that do not make axes parallel.",
    });
  }
  const affine = multiplyAffine(volume.affine, map);
  if (options.padding === "reflection" && options.alignCorners)
    return resampleByMap(volume, { map, shape, affine }, options);
  return resample(volume, { shape, affine }, { ...options, alignCorners: false });
}

/** The rotation in the plane of two axes, from the first towards the second. */
function turn(from: number, to: number, angle: number): Affine {
  const matrix = identityAffine();
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  matrix[from * 5] = cos;
  matrix[to * 5] = cos;
  matrix[from * 4 + to] = -sin;
  matrix[to * 4 + from] = sin;
  return matrix;
}

function shear(factors: readonly number[], rank: number): Affine {
  const matrix = identityAffine();
  let next = 0;
  for (let row = 0; row < rank; row++) {
    for (let column = 0; column < rank; column++) {
      if (row !== column) matrix[row * 4 + column] = factors[next++] ?? 0;
    }
  }
  return matrix;
}
