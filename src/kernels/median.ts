/** Median filtering. */
import { medianOfThree } from "./median-rows.ts";
import { select } from "./percentile.ts";

/**
 * The median of the box around every voxel, with zeros around the image; NaN where the box contains one. Samples are
 * stored without gaps, x fastest and channels slowest.
 *
 * @param shape `[channels, x, y, z]` or `[channels, x, y]`
 * @param radii how many voxels the box reaches to either side, along each spatial axis
 */
export function medianFilter(source: Float32Array, shape: readonly number[], radii: readonly number[]): Float32Array {
  const [nx = 1, ny = 1, nz = 1] = shape.slice(1);
  const [rx, ry, rz = 0] = radii;
  const isFlat = shape.length === 3 || rz === 0;
  const isOfThree = rx === 1 && ry === 1 && (isFlat || rz === 1) && !hasNaN(source);
  const target =
    (isOfThree ? medianOfThree(source, [nx, ny, nz], isFlat) : undefined) ?? medianByBoxes(source, shape, radii);
  // The median can be +0 or -0: make it +0.
  for (let i = 0; i < target.length; i++) target[i]! += 0;
  return target;
}

function hasNaN(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** {@link medianFilter} for boxes of any size, one box after the other. */
export function medianByBoxes(source: Float32Array, shape: readonly number[], radii: readonly number[]): Float32Array {
  const [channels, nx, ny, nz] = [shape[0]!, shape[1]!, shape[2]!, shape[3] ?? 1];
  const [rx, ry, rz] = [radii[0]!, radii[1]!, shape.length === 4 ? radii[2]! : 0];
  const size = (2 * rx + 1) * (2 * ry + 1) * (2 * rz + 1);
  const boxValues = new Float32Array(size);
  const target = new Float32Array(source.length);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        for (let x = 0; x < nx; x++, at++) {
          boxValues.fill(0);
          let n = 0;
          let isNumber = true;
          const [firstX, lastX] = [Math.max(0, x - rx), Math.min(nx - 1, x + rx)];
          for (let k = Math.max(0, z - rz); k <= Math.min(nz - 1, z + rz); k++) {
            for (let j = Math.max(0, y - ry); j <= Math.min(ny - 1, y + ry); j++) {
              const row = ((channel * nz + k) * ny + j) * nx;
              for (let i = firstX; i <= lastX; i++) {
                const value = source[row + i]!;
                boxValues[n++] = value;
                isNumber &&= !Number.isNaN(value);
              }
            }
          }
          target[at] = isNumber ? select(boxValues, (size - 1) / 2) : Number.NaN;
        }
      }
    }
  }
  return target;
}
