/** Maps between voxels from angles, shears, shifts and scales. Matrices and their order are those of MONAI's `AffineGrid`. */
import { FormatError } from "../errors.ts";
import { type Affine, identityAffine, invertAffine, multiplyAffine } from "./affine-matrix.ts";
import { gathered } from "./gather.ts";
import { type ResampleOptions, resample } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/** What a map is made of. What a list does not name is neutral; what an image has no axis for is left out. */
export interface AffineParams {
  /** Angles around x, y and z, in radians; in 2D one. */
  readonly rotateParams: readonly number[];
  /** In 2D two factors (x by y, y by x), in 3D six (x by y, x by z, y by x, y by z, z by x, z by y). */
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

/** The whole map around the origin: scales first, then shifts, shears, and turns last. */
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
 * A map around the origin as one between voxel indices, the middles of both images on the origin. With `alignCorners` torch's
 * grids: one that spans n - 1 voxels stands for n.
 */
export function aroundCentre(
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

/** The size of a result: one number serves all axes; axes that are not named, and -1, keep the image's. */
export function sizeOrOwn(asked: number | readonly number[] | undefined, shape: readonly number[]): number[] {
  return shape.map((n, axis) => {
    const size = typeof asked === "number" ? asked : (asked?.[axis] ?? -1);
    return size > 0 ? size : n;
  });
}

/**
 * The image resampled through a map from voxels of the result to positions in it. The affine follows the map, so that what is seen
 * keeps its place in the world. `alignCorners` says here only where `reflection` mirrors: at the outermost voxels' centres.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` for a map that has no inverse, `VOXRX_BAD_VOLUME`; PipelineError `VOXRX_TOO_LARGE`
 */
export function resampleThrough(
  volume: Volume,
  map: Affine,
  shape: readonly number[],
  options: ResampleOptions,
): Volume {
  if (!invertAffine(map)) {
    throw new FormatError("VOXRX_BAD_AFFINE", `the map [${Array.from(map)}] between voxels has no inverse`, {
      remedy: "Choose scales and shears that keep the image's axes apart.",
    });
  }
  const affine = multiplyAffine(volume.affine, map);
  if (options.padding === "reflection" && options.alignCorners)
    return gathered(volume, { map, shape, affine }, options);
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
