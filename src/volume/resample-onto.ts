import { gathered } from "./gather.ts";
import { type Grid, gridDistance, indexMap } from "./grid.ts";
import { asFloat32, flattened, type ResampleOptions, resample } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/** Grids whose voxels are nowhere further apart than this, in voxels, are one. */
const sameGrid = 1e-3;

/**
 * The image on a grid of the world, each voxel in its place. An image that is there already, to a thousandth of a voxel, keeps its
 * samples (shared, unless they must become float32) and gets the grid's affine. `alignCorners` says only where `reflection` mirrors:
 * at the centres of the outermost voxels instead of their outer edges.
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
    return gathered(volume, { ...grid, map }, options);
  }
  return resample(volume, grid, { ...options, alignCorners: false });
}
