/** Random affines. */
import * as v from "valibot";
import { numberSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../../src/random/ranges.ts";
import type { AffineParams } from "../../../src/volume/affine-params.ts";

/**
 * Ranges to draw the parameters of an affine from. One {@link UniformRange} for each parameter; a single number is for
 * the first parameter only.
 */
export interface AffineRanges {
  /** Angles around x, y and z, in radians; in 2D one. Default: none. */
  readonly rotateRange?: number | readonly UniformRange[];
  /** Shears: in 2D two, in 3D six, in the order of {@link affine}. Default: none. */
  readonly shearRange?: number | readonly UniformRange[];
  /** Shift along each axis, in voxels. Default: none. */
  readonly translateRange?: number | readonly UniformRange[];
  /** What to add to the factor 1 along each axis: `0.1` draws from 0.9 to 1.1. Above -1. Default: none. */
  readonly scaleRange?: number | readonly UniformRange[];
}

const ranges = (longest: number) =>
  v.optional(
    v.pipe(
      v.union([
        v.pipe(
          numberSchema,
          v.transform((reach) => [reach]),
        ),
        v.array(v.unknown()),
      ]),
      v.pipe(v.array(rangeSchema), v.maxLength(longest)),
    ),
    [],
  );

/** Checks of {@link AffineRanges}. */
export const affineRangesShape = {
  rotateRange: ranges(3),
  shearRange: ranges(6),
  translateRange: ranges(3),
  scaleRange: v.pipe(
    ranges(3),
    v.check((each) => each.every(([low]) => low > -1), "a scale must stay above 0: ranges above -1"),
  ),
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
