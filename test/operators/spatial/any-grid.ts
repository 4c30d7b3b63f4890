/** Grids to resample onto. */
import fc from "fast-check";
import type { Affine } from "voxrx";
import { identityAffine } from "../../../src/volume/affine-matrix.ts";

/** A grid a little turned, scaled and shifted against that of a volume. */
export const changes = fc
  .array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 12, maxLength: 12 })
  .map((numbers): Affine => {
    const map = identityAffine();
    return map.map((value, n) => (n < 12 ? value + (numbers[n] ?? 0) : value));
  });

export const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 });
