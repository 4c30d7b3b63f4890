import { withApplied } from "../../../src/volume/applied.ts";
import type { Grid } from "../../../src/volume/grid.ts";
import { resampleOnto } from "../../../src/volume/resample-onto.ts";
import type { ResampleOptions } from "../../../src/volume/resample-volume.ts";
import type { Volume } from "../../../src/volume/volume.ts";
import { notedResampling } from "./resampling.ts";

/** The image resampled onto a grid of the world by `operator`, noted on it. */
export function placedOnGrid(volume: Volume, grid: Grid, options: ResampleOptions, operator: string): Volume {
  const params = { dstAffine: Array.from(grid.affine), spatialSize: grid.shape, ...notedResampling(options) };
  return withApplied(resampleOnto(volume, grid, options), operator, volume, params);
}
