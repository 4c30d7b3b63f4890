/** Contours of masks. */
import type { TypedArray } from "../samples.ts";
import type { BoxShape } from "./components.ts";

/**
 * For one channel without gaps, writes each voxel times the number of its neighbors, minus the sum of the neighbors,
 * clipped to 0 to 1. Zeros are assumed around the image. All voxels that touch are neighbors: 8 in 2D and 26 in 3D.
 *
 * @param isFlat whether the image is 2D
 */
export function laplaceContour(
  source: TypedArray,
  from: number,
  [nx, ny, nz]: BoxShape,
  isFlat: boolean,
  target: TypedArray,
): void {
  const [depth, count] = isFlat ? [0, 8] : [1, 26];
  let at = from;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const own = source[at]!;
        if (own === 0) continue;
        let sum = -own;
        for (let k = Math.max(z - depth, 0); k <= Math.min(z + depth, nz - 1); k++) {
          for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, ny - 1); j++) {
            const row = from + nx * (j + ny * k);
            for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, nx - 1); i++) sum += source[row + i]!;
          }
        }
        target[at] = Math.min(Math.max(count * own - sum, 0), 1);
      }
    }
  }
}
