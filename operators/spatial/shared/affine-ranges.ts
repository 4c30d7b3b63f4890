/** Affines that are drawn. */
import { z } from "zod";
import type { Random } from "../../../src/random/random.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../../src/random/ranges.ts";
import type { AffineParams } from "../../../src/volume/affine-params.ts";

/**
 * What parameters of an affine are drawn from. One {@link UniformRange} for each parameter; a bare number is for the
 * first only.
 */
export interface AffineRanges {
  /** Angles around x, y and z, in radians; in 2D one. Default: none. */
  readonly rotateRange?: number | readonly UniformRange[];
  /** Shears: in 2D two, in 3D six, in the order of {@link affine}. Default: none. */
  readonly shearRange?: number | readonly UniformRange[];
  /** Shift along each axis, in voxels. Default: none. */
  readonly translateRange?: number | readonly UniformRange[];
  /** What is added to the factor 1 along each axis: `0.1` draws from 0.9 to 1.1. Above -1. Default: none. */
  readonly scaleRange?: number | readonly UniformRange[];
}

const ranges = (longest: number) =>
  z
    .union([z.number().transform((reach) => [reach]), z.array(z.unknown())])
    .pipe(z.array(rangeSchema).max(longest))
    .default([]);

/** Checks of {@link AffineRanges}. */
export const affineRangesShape = {
  rotateRange: ranges(3),
  shearRange: ranges(6),
  translateRange: ranges(3),
  scaleRange: ranges(3).refine((each) => each.every(([low]) => low > -1), "a scale must stay above 0: ranges above -1"),
};

type Ranges = Readonly<Record<keyof AffineRanges, readonly (readonly [number, number])[]>>;

/** Draws the parameters of an affine. */
export function drawAffine(
  random: Random,
  { rotateRange, shearRange, translateRange, scaleRange }: Ranges,
): AffineParams {
  return {
    rotateParams: drawEach(random, rotateRange),
    shearParams: drawEach(random, shearRange),
    translateParams: drawEach(random, translateRange),
    scaleParams: drawEach(random, scaleRange).map((change) => 1 + change),
  };
}
