import { PipelineError } from "../../src/errors.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { nonEmptySchema } from "../../src/options.ts";
import type { Grid } from "../../src/volume/grid.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { placedOnGrid } from "./shared/placed-on-grid.ts";
import { type ResamplingOptions, resamplingFor, resamplingShape } from "./shared/resampling.ts";

/** Options of {@link resampleToMatch}. */
export interface ResampleToMatchOptions extends ResamplingOptions {
  /** The field with the target grid. It is not changed. */
  readonly keyDst: string;
}

/**
 * Resamples fields of an item onto the grid of another field, so that they get its spatial shape and affine; the
 * content keeps its place in the world. They keep their own channels and metadata (MONAI: `ResampleToMatch`, which
 * copies the other's metadata). Bilinear returns float32; nearest keeps the element type. If a field is already on the
 * grid, the result shares its samples. Deterministic.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when one image is 2D and the other 3D, `VOXRX_TOO_LARGE` beyond 2^30
 *   samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { resampleToMatch } from "voxrx/operators";
 * declare const scans: Dataset<{ t1: Volume; flair: Volume }>;
 * scans.pipe(resampleToMatch({ keys: "flair", keyDst: "t1" }));
 * ```
 */
export const resampleToMatch = volumeOperator<ResampleToMatchOptions>()({
  name: "resampleToMatch",
  version: 3,
  retains: false,
  geometric: true,
  needsKeys: true,
  keyOptions: ["keyDst"],
  options: { keyDst: nonEmptySchema, ...resamplingShape },
  each: (volume, options, field, { item }) => {
    const grid = gridOf(volumeOf(item, options.keyDst), volume);
    return placedOnGrid(volume, grid, resamplingFor(options, field), "resampleToMatch");
  },
});

function gridOf(target: Volume, volume: Volume): Grid {
  const [own, shape] = [volume.spatialShape, target.spatialShape];
  if (own.length === shape.length) return { shape, affine: target.affine };
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `an image of shape [${own}] cannot be resampled onto a grid of shape [${shape}]`,
    { remedy: "Bring both to the same number of spatial axes first." },
  );
}
