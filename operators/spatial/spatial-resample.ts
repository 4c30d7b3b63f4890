import * as v from "valibot";
import { numberSchema, roiSizeSchema } from "../../src/options.ts";
import { invertAffine } from "../../src/volume/affine-matrix.ts";
import { type Grid, spanningShape } from "../../src/volume/grid.ts";
import { requestedSize } from "../../src/volume/requested-size.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { placedOnGrid } from "./shared/placed-on-grid.ts";
import { type ResamplingOptions, resamplingFor, resamplingShape } from "./shared/resampling.ts";

/** Options of {@link spatialResample}. */
export interface SpatialResampleOptions extends ResamplingOptions {
  /** Affine of the result, voxel to RAS+ mm: 16 numbers, row-major, or four rows of four. Default: the image's own. */
  readonly dstAffine?: readonly number[] | Float64Array | Float32Array | readonly (readonly number[])[];
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; 0, -1 or null is the image's own. Default:
   * enough voxels to span the image's corners.
   */
  readonly spatialSize?: number | readonly (number | null)[];
}

const affineSchema = v.pipe(
  v.union([
    v.array(numberSchema),
    v.pipe(v.array(v.pipe(v.array(numberSchema), v.length(4))), v.length(4)),
    v.instance<new () => Float64Array>(Float64Array),
    v.instance<new () => Float32Array>(Float32Array),
  ]),
  v.transform((given) => Array.from<number | number[]>(given).flat()),
  v.check((affine) => affine.length === 16 && String(affine.slice(12)) === "0,0,0,1", "it is not an affine of 4 x 4"),
  v.check((affine) => invertAffine(affine) !== undefined, "it has no inverse"),
);

/**
 * Resamples images onto a world grid. `[C, x, y, z]` (or 2D, within its plane) becomes `[C, ...spatialSize]` with the
 * affine `dstAffine`; the content keeps its place in the world, also with `alignCorners` (which in MONAI moves it).
 * Bilinear returns float32; nearest keeps the element type. If an image is already on the grid, the result shares its
 * samples. Deterministic (MONAI: `SpatialResample`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30
 *   samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialResample } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * declare const atlas: Volume;
 * images.pipe(spatialResample({ dstAffine: atlas.affine, spatialSize: atlas.spatialShape }));
 * ```
 */
export const spatialResample = volumeOperator<SpatialResampleOptions>()({
  name: "spatialResample",
  version: 3,
  retains: false,
  geometric: true,
  options: { dstAffine: v.optional(affineSchema), spatialSize: v.optional(roiSizeSchema), ...resamplingShape },
  each: (volume, { dstAffine, spatialSize, ...options }, field) =>
    placedOnGrid(volume, gridFor(volume, dstAffine, spatialSize), resamplingFor(options, field), "spatialResample"),
});

function gridFor(
  volume: Volume,
  dstAffine: readonly number[] | undefined,
  spatialSize: number | readonly number[] | undefined,
): Grid {
  const affine = dstAffine === undefined ? volume.affine : Float64Array.from(dstAffine);
  const own = volume.spatialShape;
  const shape =
    spatialSize === undefined
      ? spanningShape({ shape: own, affine: volume.affine }, affine)
      : requestedSize(spatialSize, own);
  return { shape, affine };
}
