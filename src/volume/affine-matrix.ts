/**
 * Affines: 4x4, row-major, voxel index to world position in RAS+ millimeters (x to the patient's right, y to the front,
 * z to the top), as in nibabel and the NIfTI standard.
 */
import { FormatError } from "../errors.ts";

/** 16 numbers, row-major. */
export type Affine = Float64Array;

/** Any array-like of 16 numbers, row-major. */
export type AffineLike = ArrayLike<number>;

/** Returns a new identity: voxels of 1 mm, with the first voxel's center at the world's origin. */
export function identityAffine(): Affine {
  return Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
}

/**
 * Returns a copy of the given affine; the default is the identity.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` when it is not finite, `VOXRX_BAD_VOLUME` when it does not have 16 numbers
 */
export function checkedAffine(given: AffineLike = identityAffine()): Affine {
  const affine = Float64Array.from(given);
  if (affine.length !== 16) {
    throw new FormatError("VOXRX_BAD_VOLUME", `an affine must have 16 numbers, got ${affine.length}`, {
      remedy: "Give a 4 x 4 matrix, row by row.",
    });
  }
  if (affine.every(Number.isFinite)) return affine;
  throw new FormatError("VOXRX_BAD_AFFINE", `the affine [${Array.from(affine)}] is not finite`, {
    remedy: "Give a matrix without NaN and infinity.",
  });
}

/** `a` after `b`: the map that first applies `b`. */
export function multiplyAffine(a: AffineLike, b: AffineLike): Affine {
  const product = new Float64Array(16);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[row * 4 + k]! * b[k * 4 + column]!;
      product[row * 4 + column] = sum;
    }
  }
  return product;
}

/**
 * The inverse map, or undefined if there is none (a zero or linearly dependent axis, or a value that is not finite).
 */
export function invertAffine(affine: AffineLike): Affine | undefined {
  const [a, b, c, tx] = [affine[0]!, affine[1]!, affine[2]!, affine[3]!];
  const [d, e, f, ty] = [affine[4]!, affine[5]!, affine[6]!, affine[7]!];
  const [g, h, i, tz] = [affine[8]!, affine[9]!, affine[10]!, affine[11]!];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (!Number.isFinite(determinant) || determinant === 0) return undefined;
  const s = 1 / determinant;
  const m = [
    (e * i - f * h) * s, (c * h - b * i) * s, (b * f - c * e) * s,
    (f * g - d * i) * s, (a * i - c * g) * s, (c * d - a * f) * s,
    (d * h - e * g) * s, (b * g - a * h) * s, (a * e - b * d) * s,
  ]; // biome-ignore format: a matrix
  const inverse = identityAffine();
  for (let row = 0; row < 3; row++) {
    const [x, y, z] = [m[row * 3]!, m[row * 3 + 1]!, m[row * 3 + 2]!];
    inverse.set([x, y, z, -(x * tx + y * ty + z * tz)], row * 4);
  }
  return inverse.every(Number.isFinite) ? inverse : undefined;
}

/** The world position of a voxel index (fractions allowed), in mm. */
export function applyAffine(affine: AffineLike, point: ArrayLike<number>): [number, number, number] {
  const [x, y, z] = [point[0] ?? 0, point[1] ?? 0, point[2] ?? 0];
  const row = (r: number) => affine[r]! * x + affine[r + 1]! * y + affine[r + 2]! * z + affine[r + 3]!;
  return [row(0), row(4), row(8)];
}

/** Voxel size along each spatial axis in mm: the norms of the affine's columns. */
export function affineSpacing(affine: AffineLike, rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => Math.hypot(affine[axis]!, affine[4 + axis]!, affine[8 + axis]!));
}

/** The affine after the voxel grid's origin moves to `index`, as in a crop. */
export function translateAffine(affine: AffineLike, index: ArrayLike<number>): Affine {
  const moved = Float64Array.from(affine);
  const [x, y, z] = applyAffine(affine, index);
  moved[3] = x;
  moved[7] = y;
  moved[11] = z;
  return moved;
}

/** The affine after axis `axis` of `length` voxels is reversed. */
export function flipAffine(affine: AffineLike, axis: number, length: number): Affine {
  const index = [0, 0, 0];
  index[axis] = length - 1;
  const flipped = translateAffine(affine, index);
  for (let row = 0; row < 3; row++) flipped[row * 4 + axis] = 0 - affine[row * 4 + axis]!; // never -0
  return flipped;
}

/** The affine after output axis k becomes input axis `order[k]`. Axes that `order` does not list stay. */
export function permuteAffine(affine: AffineLike, order: readonly number[]): Affine {
  const permuted = Float64Array.from(affine);
  for (let row = 0; row < 3; row++) {
    for (const [to, from] of order.entries()) permuted[row * 4 + to] = affine[row * 4 + from]!;
  }
  return permuted;
}
