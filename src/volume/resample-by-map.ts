/** Resampling through a map from voxels of the result to positions in the image. */
import { gatherLinear } from "../kernels/gather-linear.ts";
import { gatherNearest } from "../kernels/gather-nearest.ts";
import type { Displacement, GatherPlan, GatherSource } from "../kernels/gather-plan.ts";
import { allocate } from "../samples.ts";
import type { Affine } from "./affine-matrix.ts";
import { isOutline, withPending } from "./outline.ts";
import { checkResampleSize, type ResampleOptions } from "./resample-options.ts";
import type { Volume } from "./volume.ts";

/** The grid of a result, and the map from its voxels to positions in the image. */
export interface MappedGrid {
  /** Index in the result to position in the image, in voxels. */
  readonly map: Affine;
  /** Spatial shape of the result. */
  readonly shape: readonly number[];
  /** Affine of the result. */
  readonly affine: Affine;
  /** Added to the indices of the result before they are mapped, in voxels. */
  readonly displacement?: Displacement;
}

/**
 * Returns the image resampled voxel by voxel through a map, after a displacement field if there is one. Bilinear
 * returns float32, computed in double; nearest keeps the element type, ties to even.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels
 * @throws PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples
 */
export function resampleByMap(volume: Volume, grid: MappedGrid, options: ResampleOptions): Volume {
  const { map, affine, displacement } = grid;
  checkResampleSize(volume, grid.shape);
  const { mode, padding, alignCorners } = options;
  if (isOutline(volume)) return withPending(volume, grid, { mode, padding, isMisplaced: alignCorners });
  const shape = [volume.channels, ...grid.shape];
  const plan: GatherPlan = { map, shape: three(shape, 1), padding, alignCorners, displacement };
  const size = grid.shape.reduce((product, n) => product * n, 1);
  const sourceOf = (channel: number): GatherSource => ({
    samples: volume.storage,
    offset: volume.offset + channel * volume.strides[0]!,
    shape: three(volume.shape, 1),
    strides: three(volume.strides, 0),
  });
  if (mode === "nearest") {
    const data = allocate(volume.dtype, size * volume.channels);
    for (let c = 0; c < volume.channels; c++) gatherNearest(sourceOf(c), plan, data, c * size);
    return volume.withSamples({ data, shape, layout: "x-fastest", affine });
  }
  const data = new Float32Array(size * volume.channels);
  for (let c = 0; c < volume.channels; c++) gatherLinear(sourceOf(c), plan, data, c * size);
  return volume.withSamples({ data, shape, layout: "x-fastest", affine });
}

function three(values: readonly number[], fill: number): [number, number, number] {
  return [values[1]!, values[2]!, values[3] ?? fill];
}
