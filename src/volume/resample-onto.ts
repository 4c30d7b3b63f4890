import { asFloat32 } from "./as-float32.ts";
import { type Grid, gridDistance, indexMap } from "./grid.ts";
import { resampleByMap } from "./resample-by-map.ts";
import type { ResampleOptions } from "./resample-options.ts";
import { flattened, resample } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/** Grids count as equal if no voxel's position differs by more than this, in voxels. */
const sameGrid = 1e-3;

/**
 * Returns the image resampled onto a world grid. An image that is already on the grid, to a thousandth of a voxel,
 * keeps its samples (shared, unless they must become float32) and gets the grid's affine. `alignCorners` only makes
 * `reflection` mirror at the centers of the outermost voxels instead of their outer edges.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE`, `VOXRX_BAD_VOLUME` for an image without voxels
 * @throws PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples
 */
export function resampleOnto(volume: Volume, grid: Grid, options: ResampleOptions): Volume {
  const source: Grid = { shape: volume.spatialShape, affine: volume.affine };
  if (gridDistance(source, grid) <= sameGrid) {
    const same = options.mode === "nearest" ? volume : asFloat32(volume);
    return same.withAffine(grid.affine);
  }
  if (options.padding === "reflection" && options.alignCorners) {
    const map = flattened(indexMap(source, grid), source.shape.length);
    return resampleByMap(volume, { ...grid, map }, options);
  }
  return resample(volume, grid, { ...options, alignCorners: false });
}
