import * as v from "valibot";
import type { Padding } from "../../src/kernels/sampling.ts";
import { numberSchema, roiSizeSchema } from "../../src/options.ts";
import { invertAffine } from "../../src/volume/affine-matrix.ts";
import { mapOfRows } from "../../src/volume/affine-params.ts";
import type { Interpolation } from "../../src/volume/resample-options.ts";
import { volumeOperator } from "../declare.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./shared/resampling.ts";
import { transformed } from "./shared/transformed.ts";

/** Options of {@link affine}. Lists can be shorter than the image's number of axes: missing entries are neutral. */
export interface AffineOptions {
  /** Angles around x, y and z, in radians; in 2D one. Default: none. */
  readonly rotateParams?: number | readonly number[];
  /** Shears: in 2D two (x by y, y by x), in 3D six (x by y, x by z, y by x, y by z, z by x, z by y). Default: none. */
  readonly shearParams?: number | readonly number[];
  /** Shift along each axis, in voxels; one number shifts x. Default: none. */
  readonly translateParams?: number | readonly number[];
  /** Factor along each axis; above 1, the content becomes smaller. One number scales x. Default 1. */
  readonly scaleParams?: number | readonly number[];
  /**
   * The whole map instead of parameters: the rows of a 3x3 matrix (2D) or a 4x4 one (3D), in voxels around the center.
   */
  readonly affine?: readonly (readonly number[])[];
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the image's. Default:
   * the image's.
   */
  readonly spatialSize?: number | readonly (number | null)[];
  /** How to interpolate between voxels; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** Let grids span from center to center of the outermost voxels, as with torch's `align_corners`. Default false. */
  readonly alignCorners?: boolean;
}

const list = (longest: number) =>
  v.optional(
    v.pipe(
      v.union([numberSchema, v.pipe(v.array(numberSchema), v.maxLength(longest))]),
      v.transform((given) => [given].flat()),
    ),
    [],
  );

const matrixSchema = v.pipe(
  v.union([
    v.pipe(v.array(v.pipe(v.array(numberSchema), v.length(3))), v.length(3)),
    v.pipe(v.array(v.pipe(v.array(numberSchema), v.length(4))), v.length(4)),
  ]),
  v.check(
    (rows) => rows.at(-1)?.every((value, n) => value === (n < rows.length - 1 ? 0 : 1)),
    "the last row is 0 … 0 1",
  ),
  v.check((rows) => invertAffine(mapOfRows(rows, rows.length - 1)) !== undefined, "the matrix has no inverse"),
);

/**
 * Rotates, shears, shifts and scales images around their center. `[C, x, y, z]` (or 2D) becomes `[C, ...spatialSize]`.
 * Parameters describe the map from voxels of the result to voxels of the image (a positive shift moves the content in
 * the negative direction): rotation · shear · shift · scale. The affine is updated, so that the content keeps its
 * place in the world. Bilinear returns float32; nearest keeps the element type. Deterministic (MONAI: `Affine`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE` when shears make axes parallel; PipelineError
 *   `VOXRX_TOO_LARGE` beyond 2^30 samples
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
  version: 3,
  retains: false,
  geometric: true,
  options: {
    rotateParams: list(3),
    shearParams: list(6),
    translateParams: list(3),
    scaleParams: v.pipe(
      list(3),
      v.check((factors) => !factors.includes(0), "a scale of 0 leaves nothing of an axis"),
    ),
    affine: v.optional(matrixSchema),
    spatialSize: v.optional(roiSizeSchema),
    mode: v.optional(modeSchema, "bilinear"),
    paddingMode: v.optional(paddingSchema, "reflection"),
    alignCorners: v.optional(v.boolean(), false),
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
