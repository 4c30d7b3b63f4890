import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { type Affine, invertAffine } from "../../src/volume/affine.ts";
import {
  type AffineParams,
  aroundCentre,
  composedMap,
  mapOfRows,
  resampleThrough,
  sizeOrOwn,
} from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Interpolation, ResampleOptions } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./rotate.ts";

/** Options of {@link affine}. Lists may be shorter than an image has axes: what is not named is neutral. */
export interface AffineOptions<K extends string = never> extends FieldOptions<K> {
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
  /** Size of the result in voxels: one number for all axes, or one per axis; -1 keeps the image's. Default: the image's. */
  readonly spatialSize?: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** Let grids reach from centre to centre of the outermost voxels, as torch's `align_corners`. Default false. */
  readonly alignCorners?: boolean;
}

/**
 * Turns, shears, shifts and scales images around their middle. `[C, x, y, z]` (or 2D) becomes `[C, ...spatialSize]`. Parameters
 * describe the map from voxels of the result to voxels of the image (a positive shift moves the picture back): rotation · shear ·
 * shift · scale. The affine follows it, so that what is seen keeps its place in the world. Bilinear gives float32; nearest keeps the
 * element type. Deterministic (MONAI: `Affine`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE` for parameters whose map has no inverse; PipelineError
 * `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { affine } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(affine({ keys: ["image", "label"], scaleParams: [1.1, 1.1, 1.1], mode: ["bilinear", "nearest"] }));
 * ```
 */
export function affine<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: AffineOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("affine", schema, options);
  const { rotateParams, shearParams, translateParams, scaleParams, affine: rows, spatialSize } = checked;
  const params: AffineParams = { rotateParams, shearParams, translateParams, scaleParams };
  return volumeTransform<K, T>({
    name: "affine",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume, field) => transformed(volume, rows ?? params, spatialSize, resamplingFor(checked, field)),
  });
}

const list = (longest: number) =>
  z
    .union([z.number(), z.array(z.number()).max(longest)])
    .transform((given) => [given].flat())
    .default([]);

/** Checks the size of a result. */
export const spatialSizeSchema = z
  .union([z.int().min(-1), z.array(z.int().min(-1)).min(1).max(3)])
  .refine((size) => ![size].flat().includes(0), "an image has no axis of 0 voxels");

const matrixSchema = z
  .union([z.array(z.array(z.number()).length(3)).length(3), z.array(z.array(z.number()).length(4)).length(4)])
  .refine(
    (rows) => rows.at(-1)?.every((value, n) => value === (n < rows.length - 1 ? 0 : 1)),
    "the last row is 0 … 0 1",
  )
  .refine((rows) => invertAffine(mapOfRows(rows, rows.length - 1)) !== undefined, "the matrix has no inverse");

const schema = z
  .strictObject({
    ...fieldShape,
    rotateParams: list(3),
    shearParams: list(6),
    translateParams: list(3),
    scaleParams: list(3).refine((factors) => !factors.includes(0), "a scale of 0 leaves nothing of an axis"),
    affine: matrixSchema.optional(),
    spatialSize: spatialSizeSchema.optional(),
    mode: modeSchema,
    paddingMode: paddingSchema.default("reflection"),
    alignCorners: z.boolean().default(false),
  })
  .refine(
    ({ affine: rows, rotateParams, shearParams, translateParams, scaleParams }) =>
      rows === undefined ||
      [rotateParams, shearParams, translateParams, scaleParams].every(({ length }) => length === 0),
    "give the affine or its parameters, not both",
  );

/** The image resampled through a map given by parameters or rows, noted on it. */
export function transformed(
  volume: Volume,
  given: AffineParams | readonly (readonly number[])[],
  spatialSize: number | readonly number[] | undefined,
  options: ResampleOptions,
): Volume {
  const from = volume.spatialShape;
  const to = sizeOrOwn(spatialSize, from);
  const [map, params] = read(given, from.length);
  const result = resampleThrough(volume, aroundCentre(map, from, to, options.alignCorners), to, options);
  const { mode, padding: paddingMode, alignCorners } = options;
  return withApplied(result, "affine", volume, { ...params, spatialSize: to, mode, paddingMode, alignCorners });
}

function read(given: AffineParams | readonly (readonly number[])[], rank: number): [map: Affine, params: object] {
  if ("rotateParams" in given) return [composedMap(given, rank), given];
  return [mapOfRows(given, rank), { matrix: given }]; // "affine" is that of the grid before
}
