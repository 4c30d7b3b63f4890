/**
 * Deformations that no affine can describe. The content moves in the world; the affine is that of the original image.
 */

import type { Displacement } from "../kernels/gather-plan.ts";
import { type Axes, resampleNearest } from "../kernels/resample-separable.ts";
import { linearTapsAt, nearestIndex } from "../kernels/sampling.ts";
import { distortedPositions } from "../kernels/smooth-noise.ts";
import { resultZeros } from "../memory/result-memory.ts";
import { type Affine, identityAffine, multiplyAffine } from "./affine-matrix.ts";
import { aroundCenter } from "./affine-params.ts";
import { resampleByMap } from "./resample-by-map.ts";
import type { ResampleOptions } from "./resample-options.ts";
import { checkResampleSize } from "./resample-options.ts";
import { linearKernel } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/**
 * Returns the 3D image moved by a displacement field, with one vector for each voxel of the result, and then by a map
 * around the center. The result's affine is that of a simple crop around the center.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels; PipelineError `VOXRX_TOO_LARGE`
 */
export function displaced(
  volume: Volume,
  displacement: Displacement,
  map: Affine,
  shape: readonly number[],
  options: ResampleOptions,
): Volume {
  const from = volume.spatialShape;
  const affine = multiplyAffine(volume.affine, aroundCenter(identityAffine(), from, shape));
  return resampleByMap(volume, { map: aroundCenter(map, from, shape), shape, affine, displacement }, options);
}

/**
 * Returns the image with every axis divided into cells and each cell stretched by its own step (grid distortion). This
 * works axis by axis, because the cells of one axis do not depend on the others. Shape and affine stay. Bilinear
 * returns float32; nearest keeps the element type.
 *
 * @param steps for each axis, one factor for each cell and one more
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels
 */
export function distorted(volume: Volume, steps: readonly (readonly number[])[], options: ResampleOptions): Volume {
  checkResampleSize(volume, volume.spatialShape);
  const { mode, padding, alignCorners } = options;
  const size = volume.size / volume.channels;
  const offsetOf = (channel: number) => volume.offset + channel * volume.strides[0]!;
  const along = <T>(make: (positions: Float64Array, n: number, stride: number) => T): Axes<T> => {
    const one = (axis: number) => {
      const [n, stride] = [volume.shape[axis + 1] ?? 1, volume.strides[axis + 1] ?? 0];
      return make(distortedPositions(n, steps[axis] ?? [1, 1]), n, stride);
    };
    return [one(0), one(1), one(2)];
  };
  if (mode === "nearest") {
    const data = resultZeros(volume.dtype, volume.size);
    const axes = along((positions, n, stride) => ({
      stride,
      indices: Int32Array.from(positions, (position) => nearestIndex(position, n, padding, alignCorners)),
    }));
    for (let c = 0; c < volume.channels; c++) resampleNearest(volume.storage, offsetOf(c), axes, data, c * size);
    return volume.withSamples({ data, layout: "x-fastest" });
  }
  const data = resultZeros("float32", volume.size);
  const axes = along((positions, n, stride) => ({
    size: n,
    stride,
    taps: linearTapsAt(positions, n, padding, alignCorners),
  }));
  const resampleAlong = linearKernel(volume.dtype);
  for (let c = 0; c < volume.channels; c++) resampleAlong(volume.storage, offsetOf(c), axes, data, c * size);
  return volume.withSamples({ data, layout: "x-fastest" });
}
