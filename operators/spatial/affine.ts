import { z } from "zod";
import type { Padding } from "../../src/kernels/sampling.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { invertAffine } from "../../src/volume/affine-matrix.ts";
import { mapOfRows } from "../../src/volume/affine-params.ts";
import type { Interpolation } from "../../src/volume/resample-volume.ts";
import { modeSchema, paddingSchema, resamplingFor, spatialSizeSchema } from "./shared/resampling.ts";
import { transformed } from "./shared/transformed.ts";

/** Options of {@link affine}. Lists may be shorter than an image has axes: what is not named is neutral. */
export interface AffineOptions {
  /** Angles around x, y and z, in radians; in 2D one. Default: none. */
  readonly rotateParams?: number | readonly number[];
  /** Shears: in 2D two (x by y, y by x), in 3D six (x by y, x by z, y by x, y by z, z by x, z by y). Default: none. */
  readonly shearParams?: number | readonly number[];
  /** Shift along each axis, in voxels; one number shifts x. Default: none. */
  readonly translateParams?: number | readonly number[];
  /** Factor along each axis, above 1 to show more of the image in less; one number scales x. Default 1. */
  readonly scaleParams?: number | readonly number[];
  /** The whole map instead of parameters: the rows of a 3x3 matrix (2D) or a 4x4 one, in voxels around the centre. */
  readonly affine?: readonly (readonly number[])[];
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; -1 keeps the image's. Default: the image's.
   */
  readonly spatialSize?: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** Let grids reach from centre to centre of the outermost voxels, as torch's `align_corners`. Default false. */
  readonly alignCorners?: boolean;
}

const list = (longest: number) =>
  z
    .union([z.number(), z.array(z.number()).max(longest)])
    .transform((given) => [given].flat())
    .default([]);

const matrixSchema = z
  .union([z.array(z.array(z.number()).length(3)).length(3), z.array(z.array(z.number()).length(4)).length(4)])
  .refine(
    (rows) => rows.at(-1)?.every((value, n) => value === (n < rows.length - 1 ? 0 : 1)),
    "the last row is 0 … 0 1",
  )
  .refine((rows) => invertAffine(mapOfRows(rows, rows.length - 1)) !== undefined, "the matrix has no inverse");

/**
 * Turns, shears, shifts and scales images around their middle. `[C, x, y, z]` (or 2D) becomes `[C, ...spatialSize]`.
 * Parameters describe the map from voxels of the result to voxels of the image (a positive shift moves the image back):
 * rotation · shear · shift · scale. The affine follows it, so that what is seen keeps its place in the world. Bilinear
 * gives float32; nearest keeps the element type. Deterministic (MONAI: `Affine`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE` for parameters whose map has no inverse;
 * PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { affine } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(affine({ keys: ["image", "label"], scaleParams: [1.1, 1.1, 1.1], mode: ["bilinear", "nearest"] }));
 * ```
 */
export const affine = volumeOperator<AffineOptions>()({
  name: "affine",
  version: 1,
  geometric: true,
  options: {
    rotateParams: list(3),
    shearParams: list(6),
    translateParams: list(3),
    scaleParams: list(3).refine((factors) => !factors.includes(0), "a scale of 0 leaves nothing of an axis"),
    affine: matrixSchema.optional(),
    spatialSize: spatialSizeSchema.optional(),
    mode: modeSchema.default("bilinear"),
    paddingMode: paddingSchema.default("reflection"),
    alignCorners: z.boolean().default(false),
  },
  rules: [
    {
      test: ({ affine: rows, rotateParams, shearParams, translateParams, scaleParams }) =>
        rows === undefined ||
        [rotateParams, shearParams, translateParams, scaleParams].every(({ length }) => length === 0),
      fault: "give the affine or its parameters, not both",
    },
  ],
  each: (volume, { rotateParams, shearParams, translateParams, scaleParams, ...options }, field) => {
    const map = options.affine ?? { rotateParams, shearParams, translateParams, scaleParams };
    return transformed(volume, map, options.spatialSize, resamplingFor(options, field));
  },
});
