/** Median filtering. */
import { medianOfThree } from "./median-rows.ts";
import { select } from "./percentile.ts";
import { throwIfStopped } from "./stop.ts";

/**
 * The median of the box around every voxel; NaN where the box contains one. Outside the image, the nearest voxel counts.
 * Samples are stored without gaps, x fastest and channels slowest.
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
  const [alongX, alongY, alongZ] = [clampedIndices(nx, rx), clampedIndices(ny, ry), clampedIndices(nz, rz)];
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let z = 0; z < nz; z++) {
      throwIfStopped();
      for (let y = 0; y < ny; y++) {
        for (let x = 0; x < nx; x++, at++) {
          let n = 0;
          let isNumber = true;
          for (let k = z; k <= z + 2 * rz; k++) {
            const slice = (channel * nz + alongZ[k]!) * ny;
            for (let j = y; j <= y + 2 * ry; j++) {
              const row = (slice + alongY[j]!) * nx;
              for (let i = x; i <= x + 2 * rx; i++) {
                const value = source[row + alongX[i]!]!;
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

/** The voxels along an axis from `reach` before its first to `reach` after its last, each the nearest inside. */
function clampedIndices(n: number, reach: number): Int32Array {
  return Int32Array.from({ length: n + 2 * reach }, (_, i) => Math.min(Math.max(i - reach, 0), n - 1));
}
