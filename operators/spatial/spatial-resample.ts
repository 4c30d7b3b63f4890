import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, countSchema, fieldShape } from "../../src/options.ts";
import { type AffineLike, invertAffine } from "../../src/volume/affine.ts";
import { sizeOrOwn } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Grid, spanningShape } from "../../src/volume/grid.ts";
import { resampleOnto } from "../../src/volume/onto-grid.ts";
import type { Interpolation } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./rotate.ts";

/** How {@link spatialResample} finds values. */
export interface ResamplingOptions {
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** Where `"reflection"` mirrors: at the outermost voxels' centres instead of their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

/** Options of {@link spatialResample}. */
export interface SpatialResampleOptions<K extends string = never> extends FieldOptions<K>, ResamplingOptions {
  /** Affine of the result, voxel to RAS+ mm: 16 numbers, row-major, or four rows of four. Default: the image's own. */
  readonly dstAffine?: AffineLike | readonly (readonly number[])[];
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; -1 is the image's own. Default: as many as the image's
   * corners span.
   */
  readonly spatialSize?: number | readonly number[];
}

/**
 * Resamples images onto a grid of the world. `[C, x, y, z]` (or 2D, within its plane) becomes `[C, ...spatialSize]` with the affine
 * `dstAffine`; what is seen keeps its place in the world, also with `alignCorners` (which in MONAI moves it). Bilinear gives float32;
 * nearest keeps the element type. An image that is on the grid already shares its samples. Deterministic (MONAI: `SpatialResample`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialResample } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * declare const atlas: Volume;
 * images.pipe(spatialResample({ dstAffine: atlas.affine, spatialSize: atlas.spatialShape }));
 * ```
 */
export function spatialResample<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SpatialResampleOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("spatialResample", schema, options);
  return volumeTransform<K, T>({
    name: "spatialResample",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume, field) => {
      const grid = gridFor(volume, checked);
      const resampling = resamplingFor(checked, field);
      const { mode, padding: paddingMode, alignCorners } = resampling;
      const params = { dstAffine: Array.from(grid.affine), spatialSize: grid.shape, mode, paddingMode, alignCorners };
      return withApplied(resampleOnto(volume, grid, resampling), "spatialResample", volume, params);
    },
  });
}

/** Checks of {@link ResamplingOptions}. */
export const resamplingShape = {
  mode: modeSchema,
  paddingMode: paddingSchema.default("border"),
  alignCorners: z.boolean().default(false),
};

const affineSchema = z
  .union([
    z.array(z.number()),
    z.array(z.array(z.number()).length(4)).length(4),
    z.instanceof(Float64Array),
    z.instanceof(Float32Array),
  ])
  .transform((given) => Array.from<number | number[]>(given).flat())
  .refine((affine) => affine.length === 16 && String(affine.slice(12)) === "0,0,0,1", "it is no affine of 4 x 4")
  .refine((affine) => invertAffine(affine) !== undefined, "it has no inverse");

const sizeSchema = z.union([countSchema, z.literal(-1)]);

const schema = z.strictObject({
  ...fieldShape,
  dstAffine: affineSchema.optional(),
  spatialSize: z.union([sizeSchema, z.array(sizeSchema).min(1).max(3)]).optional(),
  ...resamplingShape,
});

function gridFor(volume: Volume, { dstAffine, spatialSize }: z.output<typeof schema>): Grid {
  const affine = dstAffine === undefined ? volume.affine : Float64Array.from(dstAffine);
  const own = volume.spatialShape;
  const shape =
    spatialSize === undefined
      ? spanningShape({ shape: own, affine: volume.affine }, affine)
      : sizeOrOwn(spatialSize, own);
  return { shape, affine };
}
