/** Resampling through a map from voxels of the result to positions in the image. */
import { gatherLinear } from "../kernels/gather-linear.ts";
import { gatherNearest } from "../kernels/gather-nearest.ts";
import type { Displacement, GatherPlan, GatherSource } from "../kernels/gather-plan.ts";
import { resultSamples } from "../memory/result-memory.ts";
import type { Affine } from "./affine-matrix.ts";
import { isOutline, withPending } from "./outline.ts";
import { checkResampleSize, type ResampleOptions, samplesFor } from "./resample-options.ts";
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
 * returns float32, nearest keeps the element type, ties to even. Samples that float32 cannot hold are weighted in double.
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
  // Vectors of a displacement are stored x fastest; without them, rows of the result are along its last axis.
  const layout = displacement ? "x-fastest" : "z-fastest";
  const order = displacement ? [0, 1, 2] : lastAxisFirst(grid.shape.length);
  const inOrder = (values: readonly number[], fill: number) => three(order.map((axis) => values[axis + 1] ?? fill));
  const plan: GatherPlan = {
    map: mapInOrder(map, order),
    shape: inOrder(shape, 1),
    padding,
    alignCorners,
    displacement,
  };
  const size = grid.shape.reduce((product, n) => product * n, 1);
  const sourceOf = (channel: number): GatherSource => ({
    samples: volume.storage,
    offset: volume.offset + channel * volume.strides[0]!,
    shape: inOrder(volume.shape, 1),
    strides: inOrder(volume.strides, 0),
  });
  if (mode === "nearest") {
    const data = samplesFor(padding, volume.dtype, size * volume.channels);
    for (let c = 0; c < volume.channels; c++) gatherNearest(sourceOf(c), plan, data, c * size);
    return volume.withSamples({ data, shape, layout, affine });
  }
  const data = resultSamples("float32", size * volume.channels);
  for (let c = 0; c < volume.channels; c++) gatherLinear(sourceOf(c), plan, data, c * size);
  return volume.withSamples({ data, shape, layout, affine });
}

/** The axes of an image, the last one first, and axes that it does not have after them. */
function lastAxisFirst(rank: number): readonly number[] {
  return rank === 2 ? [1, 0, 2] : [2, 1, 0];
}

/** A map between voxels whose axes are in another order. */
function mapInOrder(map: Affine, order: readonly number[]): number[] {
  const rows = [...order, 3];
  return rows.flatMap((row) => rows.map((column) => map[4 * row + column]!));
}

function three([x, y, z]: readonly number[]): [number, number, number] {
  return [x!, y!, z!];
}
