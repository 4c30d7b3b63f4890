import { withApplied } from "../../../src/volume/applied.ts";
import type { Grid } from "../../../src/volume/grid.ts";
import { resampleOnto } from "../../../src/volume/resample-onto.ts";
import type { ResampleOptions } from "../../../src/volume/resample-options.ts";
import type { Volume } from "../../../src/volume/volume.ts";
import { notedResampling } from "./resampling.ts";

/** Returns the image resampled onto a world grid, with `operator` recorded in `meta.applied`. */
export function placedOnGrid(volume: Volume, grid: Grid, options: ResampleOptions, operator: string): Volume {
  const params = { dstAffine: Array.from(grid.affine), spatialSize: grid.shape, ...notedResampling(options) };
  return withApplied(resampleOnto(volume, grid, options), operator, volume, params);
}
