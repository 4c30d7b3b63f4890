/** Images whose voxels are numbered in the order of NumPy, to be held against MONAI's vectors. */
import { Volume } from "voxrx";
import { ramp } from "../../support/volumes.ts";

/** An affine of axis sizes and a translation. */
export function scaled(x: number, y: number, z: number, translation: readonly number[] = [0, 0, 0]): Float64Array {
  const [tx = 0, ty = 0, tz = 0] = translation;
  return Float64Array.of(x, 0, 0, tx, 0, y, 0, ty, 0, 0, z, tz, 0, 0, 0, 1);
}

/** Values 0, 1, 2… with the last axis fastest, as NumPy counts. */
export function counted(shape: readonly number[], affine: Float64Array): Volume {
  const { strides } = ramp(shape).toContiguous("z-fastest");
  return new Volume({ data: Float32Array.from(ramp(shape).storage), shape, strides, affine });
}

export function inOrder(volume: Volume): number[] {
  return Array.from(volume.toContiguous("z-fastest").storage);
}
