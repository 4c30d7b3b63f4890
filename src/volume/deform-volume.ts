/** Deformations that no affine describes. What is seen moves in the world; the affine says where the image was. */

import type { Displacement } from "../kernels/resample-affine.ts";
import { type Axes, resampleLinear, resampleNearest } from "../kernels/resample-separable.ts";
import { linearTapsAt, nearestIndex } from "../kernels/sampling.ts";
import { stretchedPositions } from "../kernels/smooth-noise.ts";
import { allocate } from "../samples.ts";
import { type Affine, identityAffine, multiplyAffine } from "./affine-matrix.ts";
import { aroundCentre } from "./affine-params.ts";
import { checkSize, gathered } from "./gather.ts";
import type { ResampleOptions } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/**
 * The 3D image bent by a displacement field, one vector for each voxel of the result, and then by a map around the centre. The
 * result's affine is that of the plain cut around the middle.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels; PipelineError `VOXRX_TOO_LARGE`
 */
export function bent(
  volume: Volume,
  displacement: Displacement,
  map: Affine,
  shape: readonly number[],
  options: ResampleOptions,
): Volume {
  const from = volume.spatialShape;
  const affine = multiplyAffine(volume.affine, aroundCentre(identityAffine(), from, shape));
  return gathered(volume, { map: aroundCentre(map, from, shape), shape, affine, displacement }, options);
}

/**
 * The image with every axis cut into cells and each cell stretched by a step of its own. Axis by axis, for the cells of one axis
 * are the same all over the others. Shape and affine stay. Bilinear gives float32; nearest keeps the element type.
 *
 * @param steps for each axis one factor for each cell, and one more
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels
 */
export function stretched(volume: Volume, steps: readonly (readonly number[])[], options: ResampleOptions): Volume {
  checkSize(volume, volume.spatialShape);
  const { mode, padding, alignCorners } = options;
  const size = volume.size / volume.channels;
  const offsetOf = (channel: number) => volume.offset + channel * volume.strides[0]!;
  const along = <T>(make: (positions: Float64Array, n: number, stride: number) => T): Axes<T> => {
    const one = (axis: number) => {
      const [n, stride] = [volume.shape[axis + 1] ?? 1, volume.strides[axis + 1] ?? 0];
      return make(stretchedPositions(n, steps[axis] ?? [1, 1]), n, stride);
    };
    return [one(0), one(1), one(2)];
  };
  if (mode === "nearest") {
    const data = allocate(volume.dtype, volume.size);
    const axes = along((positions, n, stride) => ({
      stride,
      indices: Int32Array.from(positions, (position) => nearestIndex(position, n, padding, alignCorners)),
    }));
    for (let c = 0; c < volume.channels; c++) resampleNearest(volume.storage, offsetOf(c), axes, data, c * size);
    return volume.withSamples({ data, layout: "x-fastest" });
  }
  const data = new Float32Array(volume.size);
  const axes = along((positions, n, stride) => ({
    size: n,
    stride,
    taps: linearTapsAt(positions, n, padding, alignCorners),
  }));
  for (let c = 0; c < volume.channels; c++) resampleLinear(volume.storage, offsetOf(c), axes, data, c * size);
  return volume.withSamples({ data, layout: "x-fastest" });
}
